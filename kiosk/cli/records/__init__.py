"""Commands about the audit records."""
