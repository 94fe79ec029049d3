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
        section: {
            name: _plain(value)
            for name, value in dict(getattr(settings, section)).items()
            if names is None or name in names
        }
        for section, names in _NAMES.items()
    }


def _plain(value: Any) -> object:
    return str(value) if isinstance(value, Path) else value
