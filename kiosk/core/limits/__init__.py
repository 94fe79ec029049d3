"""How often somebody may try, and what they show beside the voice."""
