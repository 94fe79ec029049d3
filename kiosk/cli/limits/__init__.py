"""Commands about who may try, and with what beside the voice."""
