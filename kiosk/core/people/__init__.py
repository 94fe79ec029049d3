"""The people a kiosk knows, what they agreed to, and how they are erased."""
