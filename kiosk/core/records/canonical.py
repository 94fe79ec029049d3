"""Canonical JSON: one text for one value.

It follows RFC 8785 in what records need of it: names sorted, no space between tokens, UTF-8 without
escapes that are not needed. It differs for numbers, which are written as Python's ``repr`` writes
them (``1.0``, ``1e-07``): the text that is stored is what the chain covers, and nobody has to write
it again to check it.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_FINGERPRINT_DIGITS = 32


def canonical(value: Mapping[str, Any]) -> str:
    """Return a value as canonical JSON.

    Raises:
        ValueError: it holds NaN or an infinity.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def parse(record: object) -> dict[str, Any] | None:
    """Return what a record says, or None when it is no JSON object."""
    if not isinstance(record, str):
        return None
    try:
        value = json.loads(record)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def fingerprint(stored: str) -> str:
    """Return what audit records hold of a stored hash, to recognize it: 32 hexadecimal digits."""
    return sha256(stored.encode("utf-8", "surrogatepass")).hexdigest()[:_FINGERPRINT_DIGITS]
