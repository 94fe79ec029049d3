"""The keys of voiceprints, and voiceprints that are carried elsewhere."""
