"""Enroll one person or many, and again from takes that are kept."""
