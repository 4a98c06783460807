"""Published prices, the user's table, the estimate. Pure."""
