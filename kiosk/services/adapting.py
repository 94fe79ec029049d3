"""Let a voiceprint follow its person after a verification beyond doubt; off by default.

The bounds, and why they hold, stand in :mod:`kiosk.core.adaptation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.adaptation import AdaptationPolicy, NotLearned, adapted_score, learns
from kiosk.core.audit import AuditAction, AuditEvent
from kiosk.core.embedding import Voiceprint, score
from kiosk.core.errors import (
    DatabaseCorrupt,
    KeyUnavailable,
    ReenrollmentNeeded,
    SettingsInvalid,
    TemplateUnreadable,
    UnknownUser,
)
from kiosk.core.policies import ENROLL_QUALITY
from kiosk.core.quality import judge
from kiosk.core.roles import Action, require
from kiosk.core.security_state import followed
from kiosk.services.duplicates import alike

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.embedding import Embedding
    from kiosk.core.outcomes import Verified
    from kiosk.core.policies import QualityPolicy
    from kiosk.core.ports import ActivityLog, ModelCard, UnitOfWork, UnitOfWorkFactory
    from kiosk.services.preferences import Preferences

ADAPTATION = "adaptation"
"""The preference: :data:`ON`, or anything else for off."""
POLICY = AdaptationPolicy()
ON = "on"
"""What the preference is while voiceprints follow their people."""
_UNREADABLE = (
    DatabaseCorrupt,
    KeyUnavailable,
    ReenrollmentNeeded,
    SettingsInvalid,
    TemplateUnreadable,
)


class Adapting:
    """Switches adaptation on and off, and undoes it."""

    def __init__(
        self, uow: UnitOfWorkFactory, preferences: Preferences, activity: ActivityLog
    ) -> None:
        """Use these."""
        self._uow = uow
        self._preferences = preferences
        self._activity = activity

    @property
    def on(self) -> bool:
        """Return whether voiceprints follow their people."""
        return self._preferences.get(ADAPTATION) == ON

    def switch(self, *, on: bool) -> None:
        """Switch it on or off.

        While it is off, what was learned is kept and does not count; :meth:`roll_back` erases it.

        Raises:
            NotPermitted: who acts may not change settings.
        """
        self._preferences.set(ADAPTATION, ON if on else None)

    def counts(self) -> dict[str, int]:
        """Return how many adapted takes people have, by ID; those with none are left out."""
        with self._uow() as work:
            return work.adapted.counts()

    def roll_back(self, user_id: str) -> int:
        """Erase what the voiceprints of a person have learned; the enrolled takes stay.

        Returns:
            How many takes there were.

        Raises:
            UnknownUser: nobody has that ID.
            NotPermitted: who acts may not change people.
        """
        require(Action.CHANGE_PEOPLE)
        with self._uow() as work:
            if work.people.get(user_id) is None:
                raise UnknownUser(f"Nobody is enrolled under the ID {user_id}.")
            before = work.people.enrollment_ids(user_id)
            count = work.adapted.clear(user_id)
            details = {"takes": count, **followed(before, work.people.enrollment_ids(user_id))}
            work.audit.append(AuditEvent(AuditAction.ROLLED_BACK, user_id, details))
            work.commit()
        self._activity.write(f"Rolled back {user_id} to the enrolled takes ({count} forgotten)")
        return count


def voice_score(
    work: UnitOfWork, user_id: str, voiceprint: Voiceprint, probe: Embedding, threshold: float
) -> float:
    """Return the score of a claim, in [-1, 1]: with what was learned while adaptation is on.

    Identification does not use this: searched among many, nobody's score is lifted.

    Args:
        work: the transaction.
        user_id: the claimed ID.
        voiceprint: its enrolled takes.
        probe: of the same model.
        threshold: the one in force.
    """
    adapted = (
        [take.embedding for take in work.adapted.of(user_id, voiceprint.model_id)]
        if work.preferences.get(ADAPTATION) == ON
        else []
    )
    return adapted_score(voiceprint, adapted, probe, threshold, POLICY)


def learn(
    work: UnitOfWork,
    card: ModelCard,
    outcome: Verified,
    voiceprint: Voiceprint,
    probe: Embedding,
    *,
    at: datetime,
    quality: QualityPolicy = ENROLL_QUALITY,
) -> NotLearned | None:
    """Add a verified take to a voiceprint, when it is beyond doubt; within its transaction.

    Args:
        work: the transaction in which it was verified.
        card: the model in use.
        outcome: how it was decided, and whether a second factor was shown.
        voiceprint: the enrolled takes.
        probe: the take.
        at: the present time, timezone-aware.
        quality: what an enrollment take must have.

    Returns:
        Why it was not learned, or None when it was.
    """
    if work.preferences.get(ADAPTATION) != ON:
        return NotLearned.OFF
    if not outcome.second_factor:
        return NotLearned.NO_SECOND_FACTOR
    if judge(outcome.quality, quality):
        return NotLearned.QUALITY
    if not learns(voiceprint, probe, outcome.threshold, POLICY):
        return NotLearned.MARGIN
    # Last, for it opens everybody's voiceprints.
    try:
        others = alike(work, outcome.user_id, [(card, Voiceprint((probe,)))])
    except _UNREADABLE:
        # Somebody else's damaged voiceprint is no reason to turn this person away.
        return NotLearned.NOT_COMPARED
    if others:
        return NotLearned.LIKE_ANOTHER
    before = work.people.enrollment_ids(outcome.user_id)
    work.adapted.add(outcome.user_id, probe, at, POLICY.room(voiceprint))
    details = {
        "score": score(voiceprint, probe),
        "threshold": outcome.threshold,
        "model_id": card.model_id,
        "takes": len(work.adapted.of(outcome.user_id, card.model_id)),
        **followed(before, work.people.enrollment_ids(outcome.user_id)),
    }
    work.audit.append(AuditEvent(AuditAction.ADAPTED, outcome.user_id, details))
    return None
