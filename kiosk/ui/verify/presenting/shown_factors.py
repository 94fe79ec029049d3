"""What a visitor has shown beside the voice, for no longer than it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.limits.second_factor import Factor

if TYPE_CHECKING:
    from kiosk.services.visit.claims import Admission


class ShownFactors:
    """A badge is kept for the visit, a PIN until an attempt is decided.

    Attributes:
        all: what to compare with the next attempt.
        asked: whether the site asks for a second factor.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._badge: tuple[Factor, ...] = ()
        self.all: tuple[Factor, ...] = ()
        self.asked = False

    def begin(self, admission: Admission) -> None:
        """Keep the badge with which somebody claimed to be here, if it was one."""
        self._badge = self.all = admission.shown
        self.asked = admission.asks

    @property
    def badge(self) -> bool:
        """Return whether a badge was shown."""
        return bool(self._badge)

    def typed(self, text: str) -> None:
        """Keep what was typed, or read from a badge, where it was asked for; may be empty."""
        self.all = (*self._badge, Factor(text)) if text else self._badge

    def decided(self) -> None:
        """Forget the PIN."""
        self.all = self._badge

    def forget(self) -> None:
        """Forget everything: the visit is over."""
        self._badge = self.all = ()
        self.asked = False
