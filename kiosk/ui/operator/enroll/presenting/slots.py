"""Which take stands where on the page; the session only knows their order in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.core.enroll.enrollment import EnrollmentSession
    from kiosk.core.visit.outcomes import TakeAccepted


class Slots:
    """Places for the takes of a session; a retake leaves a gap that the next take fills.

    Args:
        session: owns the takes.
    """

    def __init__(self, session: EnrollmentSession) -> None:
        self._session = session
        self._slots: list[TakeAccepted | None] = []
        self.clear()

    def __len__(self) -> int:
        """Return how many places there are."""
        return len(self._slots)

    def __getitem__(self, slot: int) -> TakeAccepted | None:
        """Return the take in a place, from 0."""
        return self._slots[slot]

    @property
    def target(self) -> int | None:
        """Return the place that the next accepted take fills; None when all are filled."""
        return next((i for i, take in enumerate(self._slots) if take is None), None)

    def clear(self) -> None:
        """Empty all places."""
        self._slots = [None] * self._session.policy.takes

    def fill(self, take: TakeAccepted) -> None:
        """Put a take into the first empty place."""
        if self.target is not None:
            self._slots[self.target] = take

    def empty(self, slot: int) -> int | None:
        """Empty a place.

        Returns:
            where its take stands in the session; None when there was none.
        """
        take = self._slots[slot] if 0 <= slot < len(self._slots) else None
        if take is None:
            return None
        self._slots[slot] = None
        return next(i for i, kept in enumerate(self._session.takes) if kept is take)

    def matrix(self) -> tuple[tuple[float, ...], ...]:
        """Return the scores between the takes, in the order of their places."""
        found = self._session.agreement
        takes = self._session.takes
        if found is None or len(found.matrix) != len(takes):
            return ()
        order = [
            next(i for i, kept in enumerate(takes) if kept is take)
            for take in self._slots
            if take is not None
        ]
        return tuple(tuple(found.matrix[i][j] for j in order) for i in order)

    def weakest(self) -> tuple[int, float]:
        """Return the place that agrees least with the others, and the lowest score of any two."""
        found = self._session.agreement
        if found is None or len(found.matrix) != len(self._session.takes):
            return 0, 1.0
        weakest = self._session.takes[found.weakest] if self._session.takes else None
        place = next((i for i, take in enumerate(self._slots) if take is weakest), 0)
        return place, found.lowest
