"""What can be requested: parameter models, model facts, and the check of a request. Pure."""
