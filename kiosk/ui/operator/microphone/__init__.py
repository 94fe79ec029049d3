"""Which microphone is used, and whether it is any good."""
