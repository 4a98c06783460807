"""The upstream HTTP API: what is sent, what is answered, and what may be sent again."""
