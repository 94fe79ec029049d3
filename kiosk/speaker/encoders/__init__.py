"""The networks, and what each needs to encode a clip."""
