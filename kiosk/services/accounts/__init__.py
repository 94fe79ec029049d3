"""The accounts of operators and the keys of programs."""
