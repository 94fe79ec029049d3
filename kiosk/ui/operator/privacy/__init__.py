"""How long people are kept, and what they are asked to agree to."""
