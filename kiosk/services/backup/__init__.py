"""Make, check and restore backups."""
