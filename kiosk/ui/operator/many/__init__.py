"""Enrolling many people at once from a file, over the operator's pages."""
