"""Whose voice is it? Among everybody enrolled."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, UploadFile

from kiosk.api.accounts.auth import require
from kiosk.api.answers.factors import Badge, Pin, shown_factors
from kiosk.api.answers.schemas import Candidate, Identification, Quality, Why
from kiosk.api.context import Here
from kiosk.api.routes.v1.answers import failures, notices
from kiosk.api.routes.v1.uploading import RECORDING, content_of, upload_route
from kiosk.core.accounts.credentials import Right
from kiosk.core.hearing.speech import lent
from kiosk.services.visit.identifying import CANDIDATES

router = APIRouter(prefix="/v1", tags=["Identifications"], route_class=upload_route(Right.VERIFY))


@router.post(
    "/identifications",
    dependencies=[Depends(require(Right.VERIFY))],
    responses=failures(400, 409, 415, 422),
    summary="Who is most likely speaking?",
)
def identify(
    here: Here,
    audio: Annotated[UploadFile, File(description=RECORDING)],
    limit: Annotated[int, Form(ge=1, le=CANDIDATES, description="Candidates wanted.")] = 10,
    pin: Pin = None,
    badge: Badge = None,
) -> Identification:
    """Rank everybody enrolled. Decides nothing; that it was asked is recorded.

    Who is disabled or locked after too many failures is no candidate. A voice that nobody has is a
    failure of the caller; after too many of them the answer is 429, and `Retry-After` says when to
    try again. Without the right `people` only the outcome is told: no candidates, no margin.
    """
    shown = shown_factors(pin, badge)
    here.kiosk.second_factors.require_shown(shown)
    data = content_of(audio, "recording")
    with here.inference.slot():
        speech = here.kiosk.recordings.speech_of_bytes(data, "recording")
        with lent(speech):
            found = here.kiosk.identify(speech, shown=shown)
    here.metrics.identified(found.name)
    return Identification(
        outcome=found.name,
        candidates=[
            Candidate(external_id=each.user_id, name=each.name, score=each.score)
            for each in found.candidates[:limit]
        ],
        margin=found.margin,
        threshold=found.threshold,
        model_id=found.model_id,
        reasons=Why.all_of(found.reasons),
        notices=notices(found.quality, found.reasons),
        quality=Quality.of(found.quality),
        retry_after_s=None if found.lock is None else found.lock.retry_after_s,
    )
