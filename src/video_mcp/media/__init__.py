"""Files in and out: what is in them, where they live, what may be read."""
