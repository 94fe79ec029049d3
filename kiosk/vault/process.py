"""What keeps keys and voices in memory from being read out of the process."""

from __future__ import annotations

import ctypes
import logging
import sys

_log = logging.getLogger(__name__)
_PR_SET_DUMPABLE = 4
"""Of ``linux/prctl.h``."""


def protect() -> None:
    """Let nothing of the memory be written to disk after a crash, nor other programs look into it.

    Core dumps are switched off wherever there are any. On Linux the process is not dumpable
    besides (prctl(2)): other programs of the same user can neither attach to it as debuggers do
    nor read its memory below ``/proc``. Root, and whoever has CAP_SYS_PTRACE, can: a kiosk cannot
    hide from who owns the machine. Programs that it starts are not concerned, for the flag ends
    with ``execve``; the limit of core dumps is inherited.

    Where the system refuses, that is logged and nothing else: no protection is no reason to turn
    people away. Elsewhere than on POSIX systems this does nothing.
    """
    try:
        import resource
    except ImportError:
        return
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform == "linux":
            _forbid_dumping()
    except (OSError, ValueError, AttributeError) as exc:
        _log.warning("the memory of this program may be read by others of this user: %s", exc)


def _forbid_dumping() -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl has refused it")
