"""Backups of the SQLite file: packed, checked and put in place."""
