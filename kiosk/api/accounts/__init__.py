"""Who asks, and whether the key suffices."""
