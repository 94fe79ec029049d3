"""What the encoders hear, and what a score means."""
