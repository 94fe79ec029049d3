"""What machine and system the program runs on; neither its name nor its user's."""

from __future__ import annotations

import locale
import os
import platform
from pathlib import Path

_CONTAINER_SIGNS = (Path("/.dockerenv"), Path("/run/.containerenv"))


def facts() -> list[tuple[str, str]]:
    """Return the system, its processor, memory, language and kind of session."""
    return [
        ("system", _system()),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("architecture", platform.machine()),
        ("processor cores", f"{_usable_cores()} of {os.cpu_count()} usable"),
        ("memory", _memory()),
        ("graphics processor", "not used: the program computes on the processor"),
        ("container", "yes" if any(sign.exists() for sign in _CONTAINER_SIGNS) else "no"),
        ("administrator of the system", _is_root()),
        ("language", ".".join(part for part in locale.getlocale() if part) or "C"),
    ]


def _system() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.platform())
    except OSError:  # no Linux
        return platform.platform()


def _usable_cores() -> int | None:
    affinity = getattr(os, "sched_getaffinity", None)  # of Linux
    return os.cpu_count() if affinity is None else len(affinity(0))


def _memory() -> str:
    if not hasattr(os, "sysconf"):
        return "not told"
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        total = page * os.sysconf("SC_PHYS_PAGES")
        free = page * os.sysconf("SC_AVPHYS_PAGES")
    except (OSError, ValueError):
        return "not told"
    return f"{total / 1e9:.1f} GB, {free / 1e9:.1f} GB of it unused"


def _is_root() -> str:
    if not hasattr(os, "geteuid"):
        return "not told"
    return "yes" if os.geteuid() == 0 else "no"
