"""What shows the kiosk without people and hardware: synthetic voices, a virtual microphone."""
