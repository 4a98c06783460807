"""What can be asked for: parameter models, model facts, and the check of a request. Pure."""
