"""Let a voiceprint follow its person after a verification beyond doubt; off by default.

The bounds, and why they hold, stand in :mod:`kiosk.core.voice.adaptation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.accounts.roles import Action, require
from kiosk.core.errors import (
    DatabaseCorrupt,
    KeyUnavailable,
    ReenrollmentNeeded,
    SettingsInvalid,
    TemplateUnreadable,
)
from kiosk.core.hearing.quality import judge
from kiosk.core.policies import LEARN_QUALITY
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.core.records.security_state import followed
from kiosk.core.voice.adaptation import AdaptationPolicy, NotLearned
from kiosk.core.voice.embedding import Voiceprint
from kiosk.core.voice.heard import Voice
from kiosk.services.known import known

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from kiosk.core.policies import QualityPolicy
    from kiosk.core.ports import ActivityLog, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.visit.outcomes import Verified
    from kiosk.core.voice.embedding import Embedding
    from kiosk.core.voice.heard import Heard
    from kiosk.core.voice.scoring import Scorer
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
            user_id = known(work, user_id).user_id
            before = work.people.enrollment_ids(user_id)
            count = work.adapted.clear(user_id)
            details = {"takes": count, **followed(before, work.people.enrollment_ids(user_id))}
            work.audit.append(AuditEvent(AuditAction.ROLLED_BACK, user_id, details))
            work.commit()
        self._activity.write(f"Rolled back {user_id} to the enrolled takes ({count} forgotten)")
        return count


def learned_by(work: UnitOfWork, user_id: str, models: Sequence[str]) -> dict[str, list[Embedding]]:
    """Return what a voice has learned, by encoder; nothing while adaptation is off.

    Identification does not use this: searched among many, nobody's score is lifted.
    """
    if work.preferences.get(ADAPTATION) != ON:
        return {}
    return {
        model_id: [take.embedding for take in work.adapted.of(user_id, model_id)]
        for model_id in models
    }


def learn(
    work: UnitOfWork,
    scorer: Scorer,
    outcome: Verified,
    voice: Voice,
    probe: Heard,
    *,
    at: datetime,
    readable: Callable[[], None],
    quality: QualityPolicy = LEARN_QUALITY,
) -> NotLearned | None:
    """Add a verified take to a voiceprint, when it is beyond doubt; within its transaction.

    Args:
        work: the transaction in which it was verified.
        scorer: by which it was verified.
        outcome: how it was decided, and whether a second factor was shown.
        voice: the enrolled takes.
        probe: the take.
        at: the present time, timezone-aware.
        readable: raises where somebody's voiceprint cannot be read.
        quality: what the take must have.

    Returns:
        Why it was not learned, or None when it was.
    """
    if work.preferences.get(ADAPTATION) != ON:
        return NotLearned.OFF
    if not outcome.second_factor:
        return NotLearned.NO_SECOND_FACTOR
    if judge(outcome.quality, quality):
        return NotLearned.QUALITY
    user_id = outcome.user_id
    if not scorer.learnable(user_id, voice, probe, POLICY):
        return NotLearned.MARGIN
    takes = {each.model_id: each for each in probe.embeddings if voice.by(each.model_id)}
    # Last, for it looks at everybody.
    try:
        readable()
        new = Voice(tuple(Voiceprint((each,)) for each in takes.values()))
        others = [each for _, each in scorer.alike(new, user_id) if each.accepted]
    except _UNREADABLE:
        # Somebody else's damaged voiceprint is no reason to turn this person away.
        return NotLearned.NOT_COMPARED
    if others:
        return NotLearned.LIKE_ANOTHER
    before = work.people.enrollment_ids(user_id)
    for voiceprint in voice.voiceprints:
        embedding = takes.get(voiceprint.model_id)
        if embedding is not None:
            work.adapted.add(user_id, embedding, at, POLICY.room(voiceprint))
    details = {
        "score": outcome.score,
        "threshold": outcome.threshold,
        "model_id": outcome.model_id,
        "takes": len(work.adapted.of(user_id, outcome.model_id)),
        **followed(before, work.people.enrollment_ids(user_id)),
    }
    work.audit.append(AuditEvent(AuditAction.ADAPTED, user_id, details))
    return None
