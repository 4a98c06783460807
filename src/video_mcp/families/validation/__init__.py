"""Arguments in, a checked request or every finding out. Pure."""
