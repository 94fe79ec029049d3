"""Error rates of trials, of a threshold, and of a whole site."""
