"""What of the configuration decides over access, as the audit records hold it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kiosk.settings.effective import Settings

_NAMES = {
    "audio": ("wav_file",),
    "model": ("id",),
    "keys": ("place", "file"),
    "verification": None,
    "enrollment": None,
    "operators": None,
    "audit": None,
    "api": (
        "host",
        "port",
        "seed_compat",
        "seed_engine_open",
        "seed_refuse_duplicates",
        "cors_origins",
        "hosts",
        "proxies",
        "tls_certificate",
        "tls_key",
        "rate_per_minute",
        "burst",
    ),
}
"""Settings by section; None: all of them. Never one that may hold a password."""


def in_force(settings: Settings) -> dict[str, dict[str, object]]:
    """Return the settings that decide over access, by section and name."""
    return {
        section: {name: _plain(getattr(getattr(settings, section), name)) for name in names}
        for section, names in _names(settings)
    }


def in_data_folder(settings: Settings) -> dict[str, dict[str, str]]:
    """Return what of it the file in the data folder says, which whoever has the data can write.

    Returns:
        Every section, empty where nothing is said, by name; texts.
    """
    said = settings.beside_data
    return {
        section: {name: said[f"{section}.{name}"] for name in names if f"{section}.{name}" in said}
        for section, names in _names(settings)
    }


def _names(settings: Settings) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (section, tuple(dict(getattr(settings, section))) if names is None else names)
        for section, names in _NAMES.items()
    ]


def _plain(value: Any) -> object:
    return str(value) if isinstance(value, Path) else value
