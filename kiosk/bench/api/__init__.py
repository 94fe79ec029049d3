"""How fast the HTTP service verifies, and what HTTP adds to that."""
