"""What the identity of a kiosk looks like: it comes from databases and files, and names files."""

from __future__ import annotations

import re

_KIOSK_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def is_identity(value: object) -> bool:
    """Return whether a value is the identity of a kiosk: 32 hexadecimal digits in lower case."""
    return isinstance(value, str) and _KIOSK_ID.fullmatch(value) is not None
