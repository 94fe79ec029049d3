"""Records of keys, and what is sealed with them."""
