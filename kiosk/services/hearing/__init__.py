"""From sound to an utterance: the listener, and recordings."""
