"""Voice models and speech detection: the only place that imports torch or SpeechBrain."""
