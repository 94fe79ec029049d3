"""What is written down and counted of requests."""
