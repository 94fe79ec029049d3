"""The Activity page: what was done, by whom, and that the records of it are untouched."""
