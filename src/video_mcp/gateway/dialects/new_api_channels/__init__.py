"""What new-api's channels read, and where."""
