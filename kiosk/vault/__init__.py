"""Keys and ciphers: the only place that imports cryptography or keyring."""
