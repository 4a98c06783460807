"""Measurements of video-mcp against floors and references of the same run; `make bench` runs them."""
