"""Typing by touch: keypads, PINs, numbers."""
