"""Self-service: Welcome, Who are you, Speak, Result."""
