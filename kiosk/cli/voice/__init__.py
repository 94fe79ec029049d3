"""Commands about voice models, and voices that are alike."""
