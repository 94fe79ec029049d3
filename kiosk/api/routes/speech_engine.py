"""SpeechEngine: the internal service of the seed. Other machines do not see it by default."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from kiosk.api.accounts.auth import only_here, require
from kiosk.api.context import Here
from kiosk.api.hearing.stream_errors import StreamStoreDown
from kiosk.api.routes.seed import (
    STORE_DOWN,
    Started,
    StreamList,
    Upload,
    Voiceprint,
    answering,
    answers,
    append,
    done,
    speech_in,
)
from kiosk.core.accounts.credentials import Right
from kiosk.core.errors import InvalidInput
from kiosk.core.hearing.speech import lent
from kiosk.core.voice.embedding import Embedding, cosine

ROOTS = ("/http_stream", "/speakeridt")
"""Where all addresses of this service lie; :mod:`kiosk.api.protection` hides them by it."""
_MAX_DIM = 4_096


async def _store_down() -> AsyncIterator[None]:
    with answering({StreamStoreDown: STORE_DOWN}):
        yield


router = APIRouter(tags=["SpeechEngine"], dependencies=[Depends(only_here), Depends(_store_down)])
_verifier = [Depends(require(Right.VERIFY))]
_raw = [Depends(require(Right.VOICEPRINTS))]

_Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
_Numbers = Annotated[list[_Number], Field(min_length=1, max_length=_MAX_DIM)]


class Pair(BaseModel):
    """Two voiceprints of one voice model, of any length but the same."""

    voiceprint1: _Numbers
    voiceprint2: _Numbers


class Score(BaseModel):
    """How alike two voices are."""

    score: float = Field(ge=-1.0, le=1.0, description="Cosine score.")


@router.get(
    "/http_stream",
    responses=answers(404, STORE_DOWN),
    dependencies=[Depends(require(Right.ADMIN))],
)
def list_streams(here: Here) -> StreamList:
    """List the streams."""
    return StreamList(streams=here.streams.ids())


@router.post("/http_stream", responses=answers(404, STORE_DOWN), dependencies=_verifier)
def create_stream(here: Here) -> Started:
    """Start a stream; it expires 50 seconds after the last upload."""
    return Started(uuid=here.streams.create())


@router.get(
    "/http_stream/voiceprint/{uuid}",
    responses=answers(400, 404, STORE_DOWN),
    dependencies=_raw,
)
def stream_voiceprint(uuid: str, here: Here) -> Voiceprint:
    """Return the voiceprint of a stream, of unit length. Its quality is not judged."""
    here.kiosk.models.follow()
    with here.inference.slot():
        speech = speech_in(here, uuid)
        with lent(speech):
            embedding = here.kiosk.engine.encode(speech)
    return Voiceprint(voiceprint=embedding.vector.tolist())


@router.post(
    "/http_stream/{uuid}",
    response_class=Response,
    responses=answers(400, 404, 408, 413, STORE_DOWN, empty=True),
    dependencies=_verifier,
)
def upload(uuid: str, upload: Upload, here: Here) -> Response:
    """Add the next bytes of a recording to a stream."""
    return append(here, uuid, upload)


@router.delete(
    "/http_stream/{uuid}",
    response_class=Response,
    responses=answers(400, 404, STORE_DOWN, empty=True),
    dependencies=_verifier,
)
def delete_stream(uuid: str, here: Here) -> Response:
    """Forget a stream at once."""
    here.streams.delete(uuid)
    return done()


@router.post("/speakeridt/compare_vp", responses=answers(400, 404, 408, 413), dependencies=_raw)
def compare_voiceprints(pair: Pair) -> Score:
    """Return the cosine score of two voiceprints."""
    if len(pair.voiceprint1) != len(pair.voiceprint2):
        raise InvalidInput(
            "The voiceprints have different lengths.", hint="Send two of the same voice model."
        )
    return Score(score=cosine(_embedding(pair.voiceprint1), _embedding(pair.voiceprint2)))


def _embedding(numbers: list[float]) -> Embedding:
    try:
        with np.errstate(over="ignore"):  # too large a number is noticed by what follows
            return Embedding.of(np.array(numbers), "")
    except ValueError as exc:
        raise InvalidInput("A voiceprint has no direction.", hint="Send one that has.") from exc
