"""Tallies of failures, PINs and badges as rows."""
