"""A visit of somebody who wants to be verified, and what comes of it."""
