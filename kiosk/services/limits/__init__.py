"""Counts failures, and compares what is shown beside the voice."""
