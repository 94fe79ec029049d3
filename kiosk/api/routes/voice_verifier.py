"""VoiceVerifier: the public service of the seed, over the same people as the desktop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field
from starlette.responses import Response

from kiosk.api.accounts.auth import require
from kiosk.api.accounts.clients import Caller
from kiosk.api.answers.erased import backups_in
from kiosk.api.answers.factors import BADGE_WORDS, MAX_SHOWN, PIN_WORDS, shown_factors
from kiosk.api.context import Here
from kiosk.api.hearing.stream_errors import UnknownStream
from kiosk.api.routes.seed import (
    UNKNOWN_PERSON,
    UNKNOWN_STREAM,
    Claim,
    ExternalId,
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
from kiosk.core.accounts.acting import acting
from kiosk.core.accounts.credentials import Right
from kiosk.core.accounts.roles import Action, may
from kiosk.core.errors import (
    DuplicateVoice,
    EnrollmentRefused,
    InvalidInput,
    NotEnrolled,
    UnknownUser,
)
from kiosk.core.hearing.speech import lent
from kiosk.core.people.users import clean_user_id, fold_id
from kiosk.core.visit.outcomes import Inconclusive, Locked, TakeRefused, Verified
from kiosk.core.visit.telling import visible_to
from kiosk.core.voice.duplicates import DuplicateDecision
from kiosk.core.voice.embedding import centroid

if TYPE_CHECKING:
    from kiosk.core.hearing.quality import Reason

router = APIRouter(tags=["VoiceVerifier"])

_Verifier = Annotated[Caller, Depends(require(Right.VERIFY))]
_Enroller = Annotated[Caller, Depends(require(Right.ENROLL))]
_verifier = [Depends(require(Right.VERIFY))]
_people = [Depends(require(Right.PEOPLE))]
_UNASKED = DuplicateDecision("enrolled by a program that could not be asked")
_NO_SCORE = -1.0
"""A number that no comparison of voices gives, for clients that compare it themselves."""


class Decision(BaseModel):
    """Whether the voice is that of the person. It was stored before it was answered."""

    result: Literal["True", "False"] = Field(description="The score reached the threshold.")
    score: float = Field(
        ge=-1.0,
        le=1.0,
        description="Cosine score; -1 where there is none to tell: after too many failures, and "
        "for False where a second factor is asked for.",
    )


class NamedClaim(BaseModel):
    """The recording; the address says whose voice it should be."""

    uuid: str = Field(description="The stream with the recording.")
    external_id: ExternalId | None = Field(
        default=None, description="The same ID as in the address."
    )
    pin: str | None = Field(default=None, max_length=MAX_SHOWN, description=PIN_WORDS)
    badge: str | None = Field(default=None, max_length=MAX_SHOWN, description=BADGE_WORDS)


class Ids(BaseModel):
    """Who is enrolled."""

    ids: list[str]


class Deleted(BaseModel):
    """How many people were erased."""

    deleted_count: int


@router.post("/start_stream", responses=answers(), dependencies=_verifier)
def start_stream(here: Here) -> Started:
    """Start a stream; it expires 50 seconds after the last upload."""
    return Started(uuid=here.streams.create())


@router.post(
    "/upload_stream_data/{uuid}",
    response_class=Response,
    responses=answers(400, 404, 408, 413, empty=True),
    dependencies=_verifier,
)
def upload_stream_data(uuid: str, upload: Upload, here: Here) -> Response:
    """Add the next bytes of a recording to a stream."""
    return append(here, uuid, upload)


@router.get("/get_all_streams", responses=answers(), dependencies=[Depends(require(Right.ADMIN))])
def get_all_streams(here: Here) -> StreamList:
    """List the streams; with keys, only for administrators: an ID gives access to it."""
    return StreamList(streams=here.streams.ids())


@router.post(
    "/vv/enroll",
    response_class=Response,
    responses=answers(400, 404, 408, 409, 413, 507, empty=True),
)
def enroll(claim: Claim, here: Here, caller: _Enroller) -> Response:
    """Enroll a person from one recording. Whoever calls this vouches for the person's consent.

    A voice that is like that of somebody enrolled already is enrolled, and that is recorded, for
    clients of these routes do not know the question; `api.seed_refuse_duplicates` answers 409.
    """
    enrolling = here.kiosk.enroll
    user_id = enrolling.require_free(claim.external_id)
    with here.inference.slot():
        speech = speech_in(here, claim.uuid)
        with lent(speech):
            take = enrolling.check_take(speech)
    if isinstance(take, TakeRefused):
        here.metrics.enrolled("refused")
        raise EnrollmentRefused(
            f"The recording is not good enough to enroll {user_id}.", hint=_advice(take.reasons)
        )
    decision = None if here.policy.seed_refuse_duplicates else _UNASKED
    try:
        enrolling.save(
            user_id, "", [take], consent=True, vouched_by=caller.client, decision=decision
        )
    except DuplicateVoice:
        here.metrics.enrolled("refused")
        raise
    finally:
        take.wipe()
    here.metrics.enrolled("stored")
    return done()


@router.post("/vv/verify", responses=answers(400, 408, 413, UNKNOWN_PERSON, UNKNOWN_STREAM, 507))
def verify(claim: Claim, here: Here, response: Response, _caller: _Verifier) -> Decision:
    """Verify that a recording is of a person.

    After too many failures the answer is False, and `Retry-After` says when to try again. Without
    the right `people` it is False, and not 460, for an ID that nobody has.
    """
    return _decision(here, claim.external_id, claim, response)


@router.post(
    "/vv/verify/{external_id}",
    responses=answers(400, 408, 413, UNKNOWN_PERSON, UNKNOWN_STREAM, 507),
)
def verify_named(
    external_id: str, claim: NamedClaim, here: Here, response: Response, _caller: _Verifier
) -> Decision:
    """Verify that a recording is of the person in the address."""
    user_id = clean_user_id(external_id)
    body = claim.external_id
    if body is not None and fold_id(clean_user_id(body)) != fold_id(user_id):
        raise InvalidInput("The address and the body name two people.", hint="Name one person.")
    return _decision(here, user_id, claim, response)


@router.get(
    "/vv/get_voiceprint/{external_id}",
    responses=answers(400, UNKNOWN_PERSON),
    dependencies=[Depends(require(Right.VOICEPRINTS))],
)
def get_voiceprint(external_id: str, here: Here) -> Voiceprint:
    """Return a person's voiceprint: the mean direction of all takes, of unit length."""
    user_id = clean_user_id(external_id)
    here.kiosk.models.follow()
    model_id = here.kiosk.engine.card.model_id
    for voiceprint in here.kiosk.people.voiceprints(user_id):
        if voiceprint.model_id == model_id:
            return Voiceprint(voiceprint=centroid(voiceprint).vector.tolist())
    raise NotEnrolled(f"{user_id} has no voiceprint of the voice model in use.")


@router.get("/vv/list_enrollments", responses=answers(), dependencies=_people)
def list_enrollments(here: Here) -> Ids:
    """List the IDs of all enrolled people."""
    return Ids(ids=[row.person.user_id for row in here.kiosk.people.everybody() if row.takes])


@router.get("/vv/list_enrollments/{external_id}", responses=answers(), dependencies=_people)
def list_enrollments_named(external_id: str, here: Here) -> Ids:
    """List all enrolled people: the ID changes nothing, as clients expect."""
    del external_id
    return list_enrollments(here)


@router.delete(
    "/vv/delete_enrollment/{external_id}",
    response_class=Response,
    responses=answers(400, empty=True),
    dependencies=_people,
)
def delete_enrollment(external_id: str, here: Here) -> Response:
    """Delete a person with all their data."""
    with answering({UnknownUser: 400}):
        proof = here.kiosk.people.remove(clean_user_id(external_id))
    return done(backups_in(proof))


@router.delete("/vv/delete_all_enrollment", responses=answers(), dependencies=_people)
def delete_all_enrollment(here: Here, response: Response) -> Deleted:
    """Delete everyone."""
    proof = here.kiosk.erase.everybody()
    response.headers.update(backups_in(proof))
    return Deleted(deleted_count=proof.people)


def _decision(
    here: Here, external_id: str, claim: Claim | NamedClaim, response: Response
) -> Decision:
    user_id = clean_user_id(external_id)
    shown = shown_factors(claim.pin, claim.badge)
    here.kiosk.second_factors.require_shown(shown)
    blind = not may(Action.SEE_PEOPLE)
    if not blind:
        # Before anything is decoded, and first of all: clients tell 460 and 461 apart.
        here.kiosk.verify.require_enrolled(user_id)
    with here.inference.slot(), answering({UnknownStream: UNKNOWN_STREAM}):
        speech = speech_in(here, claim.uuid)
        with lent(speech):
            outcome = here.kiosk.verify(user_id, speech, shown=shown, blind=blind)
    here.metrics.verified(outcome.name)
    if isinstance(outcome, Inconclusive):
        # Neither True nor False: nothing was compared.
        raise HTTPException(
            400, f"Could not tell whether this is {user_id}. {_advice(outcome.reasons)}"
        )
    told = visible_to(outcome, acting())
    # No status of its own: existing clients know what False means, and treat it as they must.
    if isinstance(outcome, Locked) and told.retry_after_s is not None:
        response.headers["Retry-After"] = str(told.retry_after_s)
    return Decision(
        result="True" if isinstance(outcome, Verified) else "False",
        score=_NO_SCORE if told.score is None else told.score,
    )


def _advice(reasons: tuple[Reason, ...]) -> str:
    return " ".join(reason.gate.advice for reason in reasons)
