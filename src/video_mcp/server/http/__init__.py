"""Streamable HTTP: one server for many clients, without state of its own."""
