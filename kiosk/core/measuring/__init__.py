"""Error rates, and what can be claimed about them."""
