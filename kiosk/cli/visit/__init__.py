"""Commands that verify and identify."""
