"""Where the frozen program ``voice-kiosk`` begins: the window, which is ``kiosk run``."""

from __future__ import annotations

import sys


def start() -> None:
    """Open the window, and leave the process when it was closed; or be its decoder."""
    if sys.argv[1:3] == ["-m", "kiosk.audio.decoder"]:
        from kiosk.audio import decoder

        del sys.argv[1:3]
        decoder.main()
        return
    from kiosk.__main__ import main

    sys.argv.insert(1, "run")
    main()


if __name__ == "__main__":
    start()
