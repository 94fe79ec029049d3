"""People, their consent and their traces as rows."""
