"""Commands about accounts of operators and keys of programs."""
