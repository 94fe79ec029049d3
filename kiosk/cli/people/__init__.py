"""Commands about people, their consent, and how long they are kept."""
