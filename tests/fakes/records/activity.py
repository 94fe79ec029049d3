"""An activity log that keeps its lines."""

from __future__ import annotations


class FakeActivityLog:
    """Implements :class:`kiosk.core.ports.ActivityLog`.

    Attributes:
        lines: what was written, oldest first.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        self.lines.append(line)
