"""The quality gates of a recording, a module each; :mod:`kiosk.core.hearing.quality` lists them."""
