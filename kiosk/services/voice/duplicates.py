"""Compare a new voice with everybody who is enrolled, and keep what was decided about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.errors import InvalidInput
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.core.voice.duplicates import Alike
from kiosk.services.preferences import is_threshold, stored_threshold, threshold_in_force

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.ports import ModelCard, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.voice.duplicates import DuplicateFound
    from kiosk.core.voice.heard import Voice
    from kiosk.core.voice.scoring import Scorer
    from kiosk.services.preferences import Preferences

# A score that only rounding keeps below the threshold is a reason to ask.
_ROUNDING = 1e-9


class Duplicates:
    """From which score on a new voice counts as like another; by default the threshold in force."""

    def __init__(self, uow: UnitOfWorkFactory, preferences: Preferences) -> None:
        """Use these."""
        self._uow = uow
        self._preferences = preferences

    def threshold(self, card: ModelCard) -> float:
        """Return the duplicate threshold for a model.

        Raises:
            SettingsInvalid: what is stored is not a cosine score.
        """
        with self._uow() as work:
            return duplicate_threshold(work, card)

    def set_threshold(self, card: ModelCard, value: float | None) -> None:
        """Set the duplicate threshold for one model; None returns to the threshold in force.

        Raises:
            InvalidInput: it is not between 0 and 1, both excluded.
            NotPermitted: who acts may not change settings.
        """
        if value is not None and not is_threshold(value):
            raise InvalidInput(
                "The duplicate threshold is not a cosine score that tells people apart.",
                hint="Give a number between 0 and 1.",
            )
        self._preferences.set(_key(card.model_id), None if value is None else repr(value))


def duplicate_threshold(work: UnitOfWork, card: ModelCard) -> float:
    """Return the duplicate threshold for a model within a transaction.

    Raises:
        SettingsInvalid: what is stored is not a cosine score. Nobody is enrolled then: who could
            tell whom the voice is like?
    """
    what = f"duplicate threshold of voice model {card.model_id}"
    stored = stored_threshold(work, _key(card.model_id), what, "kiosk model duplicates")
    return threshold_in_force(work, card) if stored is None else stored


def alike(
    work: UnitOfWork, user_id: str, asked: Sequence[tuple[Scorer, Voice]]
) -> tuple[Alike, ...]:
    """Return everybody else whose voice is like a new one, the most alike first.

    Disabled people are compared too: whoever was suspended must not come back under another ID.
    Compared are enrolled takes alone, never those to which a voiceprint was adapted.

    Args:
        work: the transaction.
        user_id: who is being enrolled, and not compared with themselves.
        asked: scorers of this transaction, each with the new voice as it knows it.
    """
    found: dict[str, Alike] = {}
    for scorer, new in asked:
        for other, score in scorer.alike(new, user_id):
            person = work.people.get(other) if score.value >= score.threshold - _ROUNDING else None
            if person is None:
                continue
            known_to = work.people.model_ids(other)
            model_id = next(each for each in scorer.models if each in known_to)
            since = work.people.takes(other, model_id)[0].created_at
            value, threshold = score.value, score.threshold
            one = Alike(other, person.name, value, threshold, model_id, since, person.enabled)
            if other not in found or one.margin > found[other].margin:
                found[other] = one
    return tuple(sorted(found.values(), key=lambda one: (-one.margin, one.user_id)))


def decided(user_id: str, candidates: Sequence[Alike], *, same: bool, reason: str) -> AuditEvent:
    """Return the event of a decision about a voice that is like others.

    Args:
        user_id: who was to be enrolled.
        candidates: whom the voice is like.
        same: whether it is one of them, so that nothing was stored.
        reason: in the words of whoever decided; may be empty for the same person.
    """
    details = {"decision": "same person" if same else "another person", "reason": reason}
    return AuditEvent(
        AuditAction.DUPLICATE_DECIDED, user_id, {**details, "alike": _listed(candidates)}
    )


def refused(user_id: str, found: DuplicateFound, count: int = 1) -> AuditEvent:
    """Return the event of an enrollment that was refused, for nobody had decided.

    Args:
        user_id: who was to be enrolled.
        found: whom the voice is like.
        count: which of a series it is; those between two that are recorded are not.
    """
    details = {"reasons": (found.code,), "alike": _listed(found.candidates), "count": count}
    return AuditEvent(AuditAction.ENROLLMENT_REFUSED, user_id, details)


def _listed(candidates: Sequence[Alike]) -> tuple[str, ...]:
    return tuple(f"{each.score:.3f} {each.user_id}" for each in candidates)


def _key(model_id: str) -> str:
    return f"duplicate_threshold:{model_id}"
