"""Imports what the voice model needs and nothing else, to compare the desktop's start-up with it.

Run as ``python -m kiosk.bench.imports``. A module of its own, because a frozen program takes no
other code.
"""

from __future__ import annotations

import importlib

from kiosk.speaker.encoders.torch_setup import prepare_torch


def main() -> None:
    """Import torch and SpeechBrain as the kiosk does."""
    importlib.import_module("torch")
    prepare_torch()
    importlib.import_module("speechbrain")


if __name__ == "__main__":
    main()
