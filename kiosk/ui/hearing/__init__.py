"""Between the listener, the recognition thread and the screens."""
