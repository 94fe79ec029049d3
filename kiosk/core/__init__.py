"""The pure domain: what the kiosk decides, without any device, clock, file or library but numpy."""
