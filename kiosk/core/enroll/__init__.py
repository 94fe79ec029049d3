"""An enrollment, a table of people to enroll, and takes that are kept."""
