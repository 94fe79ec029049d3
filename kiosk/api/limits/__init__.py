"""How often, how much and how slowly clients may send."""
