"""Verify and identify: who is claimed, who may try, what is shown."""
