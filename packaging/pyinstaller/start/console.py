"""Where the frozen program ``kiosk`` begins: the command line.

A frozen program has no ``python -m``, so that it answers to ``-m`` for its own modules.
"""

from __future__ import annotations

import runpy
import sys

_MODULES = {"kiosk", "kiosk.audio.decoder", "kiosk.bench.imports", "kiosk.bench.probe"}


def start() -> None:
    """Run the command of the process, and leave it."""
    if sys.argv[1:2] == ["-m"] and len(sys.argv) > 2 and sys.argv[2] in _MODULES:
        name = sys.argv[2]
        del sys.argv[1:3]
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    else:
        from kiosk.__main__ import main

        main()


if __name__ == "__main__":
    start()
