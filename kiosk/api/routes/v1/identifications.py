"""Whose voice is it? Among everybody enrolled."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, UploadFile

from kiosk.api.auth import require
from kiosk.api.context import Here
from kiosk.api.routes.v1.answers import failures, notices
from kiosk.api.routes.v1.uploading import content_of, upload_route
from kiosk.api.schemas import Candidate, Identification, Quality, Why
from kiosk.core import outcomes
from kiosk.core.credentials import Right
from kiosk.core.roles import Action, may
from kiosk.core.speech import lent

router = APIRouter(prefix="/v1", tags=["Identifications"], route_class=upload_route(Right.VERIFY))


@router.post(
    "/identifications",
    dependencies=[Depends(require(Right.VERIFY))],
    responses=failures(400, 409, 415, 422),
    summary="Whose voice is it most likely?",
)
def identify(
    here: Here,
    audio: Annotated[UploadFile, File(description="One recording: WAV, FLAC, OGG or MP3.")],
    limit: Annotated[int, Form(ge=1, le=100, description="Candidates wanted.")] = 10,
) -> Identification:
    """Rank everybody enrolled. Decides nothing, and nothing is stored.

    Without the right `people` only candidates who reach the threshold are told, and no margin.
    """
    data = content_of(audio, "recording")
    with here.inference.slot():
        speech = here.kiosk.recordings.speech_of_bytes(data, "recording")
        with lent(speech):
            found = here.kiosk.identify(speech)
    outcome = _outcome(found)
    here.metrics.identified(outcome)
    # The others are the list of people by another name.
    everybody = may(Action.SEE_PEOPLE)
    told = [each for each in found.candidates if everybody or each.score >= found.threshold]
    return Identification(
        outcome=outcome,
        candidates=[
            Candidate(external_id=each.user_id, name=each.name, score=each.score)
            for each in told[:limit]
        ],
        margin=found.margin if everybody else None,
        threshold=found.threshold,
        model_id=found.model_id,
        reasons=Why.all_of(found.reasons),
        notices=notices(found.quality, found.reasons),
        quality=Quality.of(found.quality),
    )


def _outcome(
    found: outcomes.Identification,
) -> Literal["identified", "unknown", "inconclusive"]:
    if found.reasons:
        return "inconclusive"
    reached = bool(found.candidates) and found.candidates[0].score >= found.threshold
    return "identified" if reached else "unknown"
