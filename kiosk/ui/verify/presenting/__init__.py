"""Drives one visit after another; knows no widget."""
