"""Durable work: a job from its first row to its finished file."""
