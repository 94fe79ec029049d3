"""What is answered: bodies, problems, and which status each has."""
