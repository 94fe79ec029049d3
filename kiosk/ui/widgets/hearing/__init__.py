"""What to say, and what is heard of it."""
