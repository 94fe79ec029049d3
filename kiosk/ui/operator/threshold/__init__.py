"""Who gets in: what the threshold means here, and what it is set for."""
