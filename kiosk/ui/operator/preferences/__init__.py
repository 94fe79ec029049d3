"""What an operator switches on and off."""
