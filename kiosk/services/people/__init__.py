"""The people: consent, export, period of keeping, erasure."""
