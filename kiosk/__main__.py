"""The command ``kiosk`` and ``python -m kiosk``: what must hold before anything is imported."""

from __future__ import annotations

import os
import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the program with the arguments of the process, and leave it."""
    _open_standard_streams()
    # numpy multiplies small matrices here: threads of its library would only wait in loops.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from kiosk.cli import main as command

        command()
    except KeyboardInterrupt:  # while modules were imported; commands handle it themselves
        sys.stderr.write("kiosk: RUN-001 Interrupted.\n")
        sys.exit(_INTERRUPTED)


def _open_standard_streams() -> None:
    """Let standard streams that were closed by the caller lead to nowhere.

    Otherwise the next file that is opened, such as the database, gets the number of one of them,
    and whatever a library prints is written into it.
    """
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor <= 2:
        os.set_inheritable(descriptor, True)
        descriptor = os.open(os.devnull, os.O_RDWR)
    os.close(descriptor)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - until the end
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


if __name__ == "__main__":
    main()
