"""Where the frozen program ``voice-kiosk`` begins: the window, which is ``kiosk run``."""

from __future__ import annotations

import sys


def start() -> None:
    """Open the window, and leave the process when it was closed."""
    from kiosk.__main__ import main

    sys.argv.insert(1, "run")
    main()


if __name__ == "__main__":
    start()
