"""What others read of this project: listings, bundles, client configurations. Everything here is generated."""
