"""From takes to the voiceprints that are stored: one voice, heard by the models chosen by now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.errors import EnrollmentRefused
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.core.voice.embedding import Voiceprint
from kiosk.core.voice.heard import Heard, Voice
from kiosk.core.voice.scoring import CosineScorer
from kiosk.services.preferences import MODEL, second_model, threshold_in_force

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.ports import ModelCard, UnitOfWork
    from kiosk.core.visit.outcomes import TakeAccepted
    from kiosk.core.voice.scoring import Agreement, Scorer


@dataclass(frozen=True)
class NewVoice:
    """The voice of somebody who is being enrolled.

    Attributes:
        card: the model in use.
        voiceprint: made by it.
        second_card: the second model; None without one.
        second: the voiceprint made by that.
    """

    card: ModelCard
    voiceprint: Voiceprint
    second_card: ModelCard | None = None
    second: Voiceprint | None = None

    @property
    def cards(self) -> list[ModelCard]:
        """Return the models that have heard the voice."""
        return [self.card] if self.second_card is None else [self.card, self.second_card]

    @property
    def voice(self) -> Voice:
        """Return the voice as every model has heard it."""
        made = (self.voiceprint,) if self.second is None else (self.voiceprint, self.second)
        return Voice(made)


def new_voice(
    work: UnitOfWork,
    scorer: Scorer,
    card: ModelCard,
    takes: Sequence[TakeAccepted],
    second_card: ModelCard | None,
    partner: str | None = None,
) -> NewVoice:
    """Return the voice of some takes.

    Args:
        work: the transaction; it tells which models are chosen by now.
        scorer: of this transaction.
        card: the model in use.
        takes: at least one, all made with the same model.
        second_card: the second model that has heard them, if one has.
        partner: the second model where nobody has chosen one.

    Raises:
        EnrollmentRefused: two takes are not of one voice, or a model was changed since they were
            made.
    """
    # The model may have been changed while the person spoke, and by another process even since it
    # was followed: which one is the second is told by the same transaction.
    voiceprint = Voiceprint(tuple(take.embedding for take in takes))
    chosen = work.preferences.get(MODEL) or card.model_id
    if not voiceprint.model_id == card.model_id == chosen:
        raise changed()
    agreement = scorer.agreement([take.heard for take in takes])
    if not agreement.consistent:
        raise _differing(agreement)
    wanted = second_model(work, card.model_id, partner)
    if wanted is None:
        return NewVoice(card, voiceprint)
    heard = [take.second for take in takes if take.second is not None]
    if (
        second_card is None
        or len(heard) != len(takes)
        or any(each.model_id != wanted for each in heard)
    ):
        raise EnrollmentRefused("The second voice model was changed since these takes.")
    return NewVoice(card, voiceprint, second_card, Voiceprint(tuple(heard)))


def is_kept(work: UnitOfWork, user_id: str, voice: NewVoice, scorer: Scorer) -> bool:
    """Return whether the person has a voiceprint of the second model, of this very voice.

    Raises:
        EnrollmentRefused: of another voice.
    """
    if voice.second is None or voice.second_card is None:
        return False
    kept = work.people.voiceprint(user_id, voice.second.model_id)
    if kept is None:
        return False
    if voice.second.model_id not in scorer.models:
        threshold = threshold_in_force(work, voice.second_card)
        scorer = CosineScorer(voice.second.model_id, threshold, {})
    known = Voice((kept,))
    scores = [scorer.compare(user_id, known, Heard((take,))) for take in voice.second.takes]
    if not all(each.accepted for each in scores):
        raise EnrollmentRefused(
            f"{user_id} is known to the voice model {voice.second.model_id} with another voice "
            f"(score {min(each.value for each in scores):.2f})."
        )
    return True


def changed() -> EnrollmentRefused:
    """Return the complaint about takes of a model that is not in use any more."""
    return EnrollmentRefused("The voice model was changed since these takes.")


def _differing(agreement: Agreement) -> EnrollmentRefused:
    # Of two takes each differs from the other as much: neither is the wrong one.
    differs = f"take {agreement.weakest + 1} differs"
    differing = "the two takes differ" if len(agreement.matrix) == 2 else differs
    return EnrollmentRefused(
        f"The takes do not sound like one person: {differing} "
        f"(lowest score {agreement.lowest:.2f})."
    )


def recorded_voice(
    work: UnitOfWork,
    user_id: str,
    scorer: Scorer,
    card: ModelCard,
    takes: Sequence[TakeAccepted],
    second_card: ModelCard | None,
    partner: str | None = None,
) -> NewVoice:
    """Return the voice of takes; a refusal is recorded, so nothing else may be written before.

    Raises:
        EnrollmentRefused: see :func:`new_voice`.
    """
    try:
        return new_voice(work, scorer, card, takes, second_card, partner)
    except EnrollmentRefused as exc:
        details = {"reasons": (exc.code, exc.message), "takes": len(takes)}
        work.audit.append(AuditEvent(AuditAction.ENROLLMENT_REFUSED, user_id, details))
        work.commit()
        raise


def enrolled(
    user_id: str, voice: NewVoice, ids: tuple[str, ...], *, replacing: bool, vouched_by: str
) -> AuditEvent:
    """Return the event of an enrollment.

    Args:
        user_id: of whom.
        voice: what was stored.
        ids: of the person's voiceprints from now on.
        replacing: whether it took the place of an earlier voice.
        vouched_by: the program that has asked for consent; empty when an operator did.
    """
    second = None if voice.second is None else voice.second.model_id
    details = {
        "model_id": voice.voiceprint.model_id,
        "second_model": second,
        "takes": len(voice.voiceprint.takes),
        "vouched_by": vouched_by or None,
        "voiceprint": ids,
    }
    action = AuditAction.REENROLLED if replacing else AuditAction.ENROLLED
    return AuditEvent(action, user_id, details)
