"""What is heard: clips, their quality, and where in them somebody speaks."""
