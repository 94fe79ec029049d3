"""What an operator sees after signing in: Enroll, People, Microphone."""
