"""Verify a claimed identity."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, UploadFile

from kiosk.api.auth import require
from kiosk.api.context import Here
from kiosk.api.routes.v1.answers import FormId, failures, notices
from kiosk.api.routes.v1.uploading import content_of, upload_route
from kiosk.api.schemas import Outcome, Quality, Verification, Why
from kiosk.core.credentials import Right
from kiosk.core.errors import PersonDisabled
from kiosk.core.outcomes import Inconclusive
from kiosk.core.users import clean_user_id

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
    audio: Annotated[UploadFile, File(description="One recording: WAV, FLAC, OGG or MP3.")],
) -> Verification:
    """Decide about one recording. The decision is stored before it is answered."""
    user_id = clean_user_id(external_id)
    try:
        # First, for a recording that is compared with nothing need not be looked at.
        here.kiosk.verify.require_enrolled(user_id)
        data = content_of(audio, "recording")
        with here.inference.slot():
            speech = here.kiosk.recordings.speech_of_bytes(data, "recording")
            outcome = here.kiosk.verify(user_id, speech)
    except PersonDisabled as error:
        here.metrics.verified(Outcome.LOCKED)
        return _locked(user_id, here.kiosk.engine.card.model_id, error)
    here.metrics.verified(outcome.name)
    reasons = outcome.reasons if isinstance(outcome, Inconclusive) else ()
    return Verification(
        outcome=Outcome(outcome.name),
        external_id=outcome.user_id,
        score=outcome.score,
        threshold=outcome.threshold,
        model_id=outcome.model_id,
        reasons=Why.all_of(reasons),
        notices=notices(outcome.quality, reasons),
        quality=Quality.of(outcome.quality),
    )


def _locked(user_id: str, model_id: str, error: PersonDisabled) -> Verification:
    return Verification(
        outcome=Outcome.LOCKED,
        external_id=user_id,
        score=None,
        threshold=None,
        model_id=model_id,
        reasons=[Why(code="person_disabled", advice=error.hint)],
        notices=[],
        quality=None,
    )
