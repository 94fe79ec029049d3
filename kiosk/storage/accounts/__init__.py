"""Accounts and API keys as rows."""
