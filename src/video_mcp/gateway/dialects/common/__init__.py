"""The words that dialects are written in, and what is derived from them."""
