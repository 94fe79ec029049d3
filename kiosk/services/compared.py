"""Compare a new voice with everybody before the transaction that stores it.

Reading and opening a thousand voiceprints takes a good part of a second, for which nobody else
could write: units of work take turns. So everybody is compared in many short units, and the unit
that stores compares again only those whose voiceprint is not the one that was compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.duplicates import mean_scores
from kiosk.core.errors import KioskError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kiosk.core.embedding import Voiceprint
    from kiosk.core.ports import UnitOfWork, UnitOfWorkFactory

    Scored = tuple[str, float]
    """The mark of the voiceprint that was compared, and the mean cosine score in [-1, 1]."""

_AT_ONCE = 100
"""People whose voiceprints are read in one unit of work: some 15 ms."""
_NAMED = 500
"""People who are asked for by their IDs, at most."""


class Compared:
    """How alike one new voice was to everybody, a moment ago.

    Args:
        scores: mark and score by ID, for each model by its identity.
    """

    def __init__(self, scores: Mapping[str, Mapping[str, Scored]] | None = None) -> None:
        self._scores = scores or {}

    def scores(self, work: UnitOfWork, new: Voiceprint) -> dict[str, float]:
        """Return how alike the voice is to everybody by now; compares what has changed.

        Args:
            work: the transaction.
            new: the very voice that was compared.

        Returns:
            Mean cosine scores in [-1, 1], by ID.

        Raises:
            KioskError: a voiceprint cannot be read.
        """
        known = self._scores.get(new.model_id, {})
        stamps = work.people.stamps(new.model_id)
        kept = {
            user_id: known[user_id][1]
            for user_id, stamp in stamps.items()
            # A voiceprint without a mark is damaged: whoever reads it is told.
            if stamp and user_id in known and known[user_id][0] == stamp
        }
        changed = sorted(stamps.keys() - kept.keys())
        return kept | (_scores(work, new, changed) if changed else {})


def compare(uow: UnitOfWorkFactory, voices: Sequence[Voiceprint]) -> Compared:
    """Compare a new voice with everybody, outside of any unit of work.

    Args:
        uow: begins transactions, each of which is short here.
        voices: the voice, as each model has heard it.
    """
    found: dict[str, dict[str, Scored]] = {}
    for new in voices:
        scores = found.setdefault(new.model_id, {})
        try:
            with uow() as work:
                stamps = work.people.stamps(new.model_id)
            everybody = sorted(stamps)
            for start in range(0, len(everybody), _AT_ONCE):
                some = everybody[start : start + _AT_ONCE]
                with uow() as work:
                    scored = _scores(work, new, some)
                # With the marks of before: whatever was stored since has another one.
                scores |= {user_id: (stamps[user_id], value) for user_id, value in scored.items()}
        except KioskError:
            # Whatever it is, the unit that stores meets it again, at its place among all refusals.
            continue
    return Compared(found)


def _scores(work: UnitOfWork, new: Voiceprint, user_ids: Sequence[str]) -> dict[str, float]:
    """Return how alike a voice is to that of some people; one matrix product for all of them."""
    wanted = set(user_ids)
    # Of many people all are read: a database takes only so many names in one question.
    found = work.people.voiceprints(new.model_id, user_ids if len(wanted) <= _NAMED else None)
    others = [one for one in found if one[0].user_id in wanted]
    try:
        scores = mean_scores([voiceprint for _, voiceprint in others], new)
    finally:
        for _, voiceprint in found:
            voiceprint.wipe()
    return {person.user_id: float(value) for (person, _), value in zip(others, scores, strict=True)}
