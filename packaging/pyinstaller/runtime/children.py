"""Runs before the program: what it starts loads the system's libraries, not those in its folder.

The boot loader lets LD_LIBRARY_PATH lead into the program's folder and keeps what it was before.
This process has read it already; Xvfb, PulseAudio and flite must not.
"""


def _restore() -> None:
    import os

    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if before is None:
        os.environ.pop("LD_LIBRARY_PATH", None)
    else:
        os.environ["LD_LIBRARY_PATH"] = before


_restore()
del _restore
