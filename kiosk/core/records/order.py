"""How audit records may be ordered."""

from __future__ import annotations

from enum import Enum


class AuditOrder(Enum):
    """By what records are ordered."""

    WHEN = "when"
    WHO = "who"
    WHAT = "what"
    ABOUT = "about"
