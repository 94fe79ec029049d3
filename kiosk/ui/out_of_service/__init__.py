"""Whether the kiosk can serve, and the screen for when it cannot."""
