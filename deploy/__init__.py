"""Running video-mcp for a team: containers, Kubernetes, and the same programs on one machine from wheels alone."""
