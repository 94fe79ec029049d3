"""What the routes of VoiceVerifier and SpeechEngine share.

Their addresses, bodies and status codes are those that existing clients were written against, the
unusual ones included: 460 for an unknown person, 461 for an unknown stream and 512 for a stream
store that is down. Failures are ``{"message": "..."}``.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import HTTPException
from pydantic import BaseModel, BeforeValidator, Field
from starlette.responses import Response

from kiosk.api.answers.factors import BADGE_WORDS, MAX_SHOWN, PIN_WORDS
from kiosk.api.answers.schemas import SeedMessage
from kiosk.api.hearing.uploads import clip_of, decoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kiosk.api.context import Context
    from kiosk.core.errors import KioskError
    from kiosk.core.hearing.speech import Speech

UNKNOWN_PERSON, UNKNOWN_STREAM, STORE_DOWN = 460, 461, 512

_MEANINGS = {
    400: "A value is missing or cannot be used, or the recording is not good enough.",
    401: "The API key is missing or not accepted.",
    403: "The API key lacks the right that this asks for.",
    404: "There is no such stream, or it has expired.",
    408: "The body did not arrive in time.",
    409: "The person, or another one with a similar voice, is enrolled already.",
    413: "The request or the stream is too large.",
    429: "Too many requests or streams; `Retry-After` says when to try again.",
    UNKNOWN_PERSON: "Nobody with a voiceprint has this ID.",
    UNKNOWN_STREAM: "There is no such stream, or it has expired.",
    500: "An unexpected error occurred. The system log has the details.",
    503: "Too many recordings wait, or the database or the stream store does not answer.",
    507: "The disk is full.",
    STORE_DOWN: "The stream store does not answer.",
}
_EVERYWHERE = (401, 403, 429, 500, 503)


class Started(BaseModel):
    """A stream that was started."""

    uuid: str = Field(examples=["4d038bd4-8d92-4d16-8697-36770463c4d8"])


class StreamList(BaseModel):
    """Streams that have not expired."""

    streams: list[str]


class Upload(BaseModel):
    """The next bytes of a recording."""

    data: str = Field(description="Base64 of a sound file, or of 16 bit samples, mono, at 16 kHz.")


class Voiceprint(BaseModel):
    """A voice as numbers: biometric data."""

    voiceprint: list[float]


def _id_text(value: object) -> str:
    """Return an ID as text; some clients send IDs that are made of digits as numbers.

    No other numbers: 1.0 may have been 1 before somebody's program wrote it down, and NaN is
    nobody.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError("must be text or a whole number")


ExternalId = Annotated[str, BeforeValidator(_id_text)]
"""The ID of a person in a body."""


class Claim(BaseModel):
    """Who somebody says to be, and the recording of their voice."""

    uuid: str = Field(description="The stream with the recording.")
    external_id: ExternalId = Field(description="The person's ID.", examples=["anna"])
    pin: str | None = Field(default=None, max_length=MAX_SHOWN, description=PIN_WORDS)
    badge: str | None = Field(default=None, max_length=MAX_SHOWN, description=BADGE_WORDS)


def answers(*statuses: int, empty: bool = False) -> dict[int | str, dict[str, Any]]:
    """Return what the schema says about the statuses of a route.

    Args:
        statuses: those of the route, beside what every route may answer.
        empty: whether the answer 200 has no body.
    """
    documented: dict[int | str, dict[str, Any]] = {
        status: {"model": SeedMessage, "description": _MEANINGS[status]}
        for status in sorted({*statuses, *_EVERYWHERE})
    }
    if empty:
        documented[200] = {"description": "Done; the answer is empty.", "content": {}}
    return documented


@contextmanager
def answering(statuses: Mapping[type[KioskError], int]) -> Iterator[None]:
    """Answer these errors with another status than elsewhere."""
    try:
        yield
    except tuple(statuses) as error:
        status = next(code for kind, code in statuses.items() if isinstance(error, kind))
        raise HTTPException(status, str(error)) from error


def done(headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer 200 without a body."""
    return Response(status_code=200, headers=headers)


def append(here: Context, stream: str, upload: Upload) -> Response:
    """Add what was uploaded to a stream."""
    here.streams.append(stream, decoded(upload.data))
    return done()


def speech_in(here: Context, stream: str) -> Speech:
    """Return the recording of a stream, which stays; to be called within a slot of inference."""
    recordings = here.kiosk.recordings
    clip = clip_of(here.streams.read(stream), recordings.clip_of_bytes)
    return recordings.speech_of(clip)
