"""Starts the desktop as ``kiosk run`` does, notes when it is there and ready, and ends it.

Run as ``python -m kiosk.bench.probe``: prints one line of JSON with ``time.monotonic()`` values,
which count from one origin for all processes of a machine.
"""

from __future__ import annotations

import json
import resource
import sys
import time

_PATIENCE_MS = 120_000


def main() -> int:
    """Open the window, wait until the kiosk is ready, and print when that was."""
    from PySide6.QtCore import QTimer

    from kiosk.bootstrap import build
    from kiosk.settings import load_settings
    from kiosk.ui.application import Application, qt_application

    moments: dict[str, float] = {}
    with build(load_settings()) as kiosk:
        app = qt_application()
        application = Application(kiosk)
        monitor = application.monitor

        def look() -> None:
            if monitor.ready and "ready" not in moments:
                moments["ready"] = time.monotonic()
                app.quit()

        application.shell.exposed.connect(lambda: moments.update(window=time.monotonic()))
        monitor.changed.connect(look)
        QTimer.singleShot(_PATIENCE_MS, app.quit)
        application.start()
        app.exec()
        application.close()
    moments["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(moments) + "\n")
    return 0 if "ready" in moments else 1


if __name__ == "__main__":
    sys.exit(main())
