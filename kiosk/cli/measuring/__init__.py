"""Commands for those who measure."""
