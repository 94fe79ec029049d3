"""Building blocks of every screen: each takes the theme first and already translated text."""
