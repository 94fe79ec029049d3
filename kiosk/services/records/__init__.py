"""Reading, checking, exporting and anchoring the audit records."""
