"""Colors, type, spacing and icons as roles; nothing outside this package knows a hex color."""
