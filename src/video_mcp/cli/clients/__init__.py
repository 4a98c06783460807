"""Writing other programs' configuration."""
