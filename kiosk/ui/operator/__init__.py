"""What an operator sees after signing in: one page for each task."""
