"""Verify a claimed identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, File, UploadFile

from kiosk.api.accounts.auth import require
from kiosk.api.answers.basis import Basis
from kiosk.api.answers.factors import Badge, Pin, shown_factors
from kiosk.api.answers.schemas import Outcome, Quality, Verification, Why
from kiosk.api.context import Here
from kiosk.api.routes.v1.answers import FormId, failures, notices
from kiosk.api.routes.v1.uploading import RECORDING, content_of, upload_route
from kiosk.core.accounts.credentials import Right
from kiosk.core.accounts.roles import Action, may
from kiosk.core.errors import PersonDisabled
from kiosk.core.hearing.speech import lent
from kiosk.core.limits.attempts import LockReason
from kiosk.core.people.users import clean_user_id
from kiosk.core.visit.outcomes import Inconclusive, Locked, NotVerified, Verified

if TYPE_CHECKING:
    from kiosk.core.limits.attempts import Lock
    from kiosk.core.visit.outcomes import VerifyOutcome

router = APIRouter(prefix="/v1", tags=["Verifications"], route_class=upload_route(Right.VERIFY))


@router.post(
    "/verifications",
    dependencies=[Depends(require(Right.VERIFY))],
    responses=failures(400, 404, 409, 415, 422, 507),
    summary="Is this the voice of the person who claims to be here?",
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
        why = Why(code="person_disabled", advice=error.hint)
        return _locked(user_id, here.kiosk.engine.card.model_id, why)
    here.metrics.verified(outcome.name)
    if isinstance(outcome, Locked):
        why = Why(code=outcome.lock.reason.value, advice=_advice(outcome.lock))
        return _locked(user_id, outcome.model_id, why, outcome.lock.retry_after_s)
    reasons = outcome.reasons if isinstance(outcome, Inconclusive) else ()
    # Scores of many voices would tell a real voiceprint from one that is made up.
    hidden = isinstance(outcome, NotVerified) and (outcome.factor_asked or blind)
    lock = outcome.lock if isinstance(outcome, Inconclusive | NotVerified) else None
    return Verification(
        outcome=Outcome(outcome.name),
        external_id=outcome.user_id,
        score=None if hidden else outcome.score,
        threshold=outcome.threshold,
        basis=None if hidden else _basis(outcome),
        model_id=outcome.model_id,
        reasons=Why.all_of(reasons),
        notices=notices(outcome.quality, reasons),
        quality=Quality.of(outcome.quality),
        retry_after_s=None if lock is None else lock.retry_after_s,
    )


def _basis(outcome: VerifyOutcome) -> Basis | None:
    if not isinstance(outcome, Verified | NotVerified):
        return None
    basis = outcome.basis
    return Basis(
        scorer=basis.scorer, cosines=dict(basis.cosines), llr=basis.llr, one_in=basis.one_in
    )


def _advice(lock: Lock) -> str:
    if lock.retry_after_s is None:
        return "An operator can unlock the person after checking another factor."
    advice = f"Try again in {lock.retry_after_s} seconds"
    # Operators unlock people; a place only has to wait.
    return f"{advice}." if lock.reason is LockReason.PLACE else f"{advice}, or ask an operator."


def _locked(
    user_id: str, model_id: str, why: Why, retry_after_s: int | None = None
) -> Verification:
    return Verification(
        outcome=Outcome.LOCKED,
        external_id=user_id,
        score=None,
        threshold=None,
        basis=None,
        model_id=model_id,
        reasons=[why],
        notices=[],
        quality=None,
        retry_after_s=retry_after_s,
    )
