"""Archives, and keys of other kiosks that open them."""
