"""Sound that clients send: in streams or at once, and its way to the model."""
