"""Commands that enroll, and those about takes that are kept."""
