"""Commands about keys, and voiceprints that are carried elsewhere."""
