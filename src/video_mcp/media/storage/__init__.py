"""Where the files of a team lie: an object store that every replica reaches."""
