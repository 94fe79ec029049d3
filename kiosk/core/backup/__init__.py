"""Backups: what is known of one, and who makes them."""
