"""One live hint at a time, calm enough to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.core.hearing.quality import Reason

SETTLE_S = 0.6
"""A hint is shown, replaced or removed when the change has lasted for so many seconds."""


class HintFilter:
    """Lets a change through when it lasts; what comes and goes is never seen."""

    def __init__(self) -> None:
        """Begin without a hint."""
        self.shown: Reason | None = None
        self._candidate: Reason | None = None
        self._since = 0.0

    def feed(self, hint: Reason | None, now: float) -> bool:
        """Take what would be said at this moment.

        Args:
            hint: None when all is well.
            now: monotonic time in seconds.

        Returns:
            whether :attr:`shown` has changed.
        """
        if hint is not self._candidate:
            self._candidate, self._since = hint, now
        if self._candidate is self.shown or now - self._since < SETTLE_S:
            return False
        self.shown = self._candidate
        return True

    def reset(self) -> None:
        """Begin anew."""
        self.shown = self._candidate = None
