"""What is needed from whoever keeps the keys, and hashes bound to them."""
