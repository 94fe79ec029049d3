"""The encoders in use, this site's people as a cohort, and the scorer that is made of them."""
