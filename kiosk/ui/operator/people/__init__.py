"""Everybody who is enrolled: find, show, rename, disable, export, erase."""
