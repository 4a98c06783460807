"""One file or package a vendor: its parameters, its models and their facts."""
