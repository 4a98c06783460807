"""The MCP edge: tools, resources and their schemas."""
