"""The audit records: what they hold, their chain, and how it is checked."""
