"""Which program this is: its version, where it came from, and what it is made of."""

from __future__ import annotations

import platform
import sqlite3
import sys
from importlib import metadata

from kiosk.installation import installation

_LIBRARIES = (
    "torch",
    "torchaudio",
    "speechbrain",
    "numpy",
    "PySide6-Essentials",
    "pyqtgraph",
    "sounddevice",
    "soundfile",
    "av",
    "soxr",
    "SQLAlchemy",
    "alembic",
    "pydantic",
    "fastapi",
    "uvicorn",
    "cryptography",
    "keyring",
)


def facts() -> list[tuple[str, str]]:
    """Return version, origin, interpreter and the versions of the libraries that matter."""
    found = installation()
    rows = [
        ("version", found.version),
        ("installed as", found.kind),
        ("lies in", str(found.folder)),
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("SQLite", sqlite3.sqlite_version),
    ]
    if not getattr(sys, "frozen", False):
        rows.insert(3, ("interpreter", sys.executable))
    return rows + [(name, _version(name)) for name in _LIBRARIES]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not told"  # a frozen program carries it for some only
