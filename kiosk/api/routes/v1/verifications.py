"""Verify a claimed identity."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, File, UploadFile

from kiosk.api.accounts.auth import require
from kiosk.api.answers.basis import Basis
from kiosk.api.answers.factors import Badge, Pin, shown_factors
from kiosk.api.answers.schemas import Outcome, Quality, Verification, Why
from kiosk.api.context import Here
from kiosk.api.routes.v1.answers import FormId, failures
from kiosk.api.routes.v1.uploading import RECORDING, content_of, upload_route
from kiosk.core.accounts.acting import acting
from kiosk.core.accounts.credentials import Right
from kiosk.core.accounts.roles import Action, may
from kiosk.core.errors import PersonDisabled
from kiosk.core.hearing.speech import lent
from kiosk.core.limits.attempts import LockReason
from kiosk.core.people.users import clean_user_id
from kiosk.core.visit.outcomes import Locked
from kiosk.core.visit.telling import Told, visible_to

if TYPE_CHECKING:
    from kiosk.core.limits.attempts import Lock

router = APIRouter(prefix="/v1", tags=["Verifications"], route_class=upload_route(Right.VERIFY))


@router.post(
    "/verifications",
    dependencies=[Depends(require(Right.VERIFY))],
    responses=failures(400, 404, 409, 415, 422, 507),
    summary="Is this the voice of the claimed person?",
)
def verify(
    here: Here,
    external_id: FormId,
    audio: Annotated[UploadFile, File(description=RECORDING)],
    pin: Pin = None,
    badge: Badge = None,
) -> Verification:
    """Decide about one recording. The decision is stored before it is answered.

    Without the right `people` an ID that nobody has is answered as a stranger's voice is.
    """
    user_id = clean_user_id(external_id)
    shown = shown_factors(pin, badge)
    here.kiosk.second_factors.require_shown(shown)
    blind = not may(Action.SEE_PEOPLE)
    try:
        if not blind:
            # First, for a recording that is compared with nothing need not be looked at.
            here.kiosk.verify.require_enrolled(user_id)
        data = content_of(audio, "recording")
        with here.inference.slot():
            speech = here.kiosk.recordings.speech_of_bytes(data, "recording")
            with lent(speech):
                outcome = here.kiosk.verify(user_id, speech, shown=shown, blind=blind)
    except PersonDisabled as error:
        here.metrics.verified(Outcome.LOCKED)
        told = Told(Outcome.LOCKED, user_id, here.kiosk.engine.card.model_id)
        return _answer(told, [Why(code="person_disabled", advice=error.hint)])
    here.metrics.verified(outcome.name)
    told = visible_to(outcome, acting())
    if isinstance(outcome, Locked):
        why = [Why(code=code, advice=_advice(outcome.lock)) for code in told.reasons]
        return _answer(told, why)
    return _answer(told, Why.all_of(told.refused))


def _answer(told: Told, why: list[Why]) -> Verification:
    return Verification(
        outcome=Outcome(told.outcome),
        external_id=told.user_id,
        score=told.score,
        threshold=told.threshold,
        basis=None if told.basis is None else Basis(**asdict(told.basis)),
        model_id=told.model_id,
        reasons=why,
        notices=told.notices,
        quality=None if told.quality is None else Quality.of(told.quality),
        retry_after_s=told.retry_after_s,
    )


def _advice(lock: Lock) -> str:
    if lock.retry_after_s is None:
        return "An operator can unlock the person after checking another factor."
    advice = f"Try again in {lock.retry_after_s} seconds"
    # Operators unlock people; a place only has to wait.
    return f"{advice}." if lock.reason is LockReason.PLACE else f"{advice}, or ask an operator."
