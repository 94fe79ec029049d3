"""Make a voiceprint of several recordings, of all of them or of none."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile

from kiosk.api.accounts.auth import require
from kiosk.api.accounts.clients import Caller
from kiosk.api.answers.schemas import NAME_PATTERN, AlikePerson, Enrollment, Quality, Take, Why
from kiosk.api.context import Context, Here
from kiosk.api.routes.v1.answers import FormId, failures
from kiosk.api.routes.v1.consent import ConsentLanguage, text_in
from kiosk.api.routes.v1.uploading import MAX_FILES, content_of, upload_route
from kiosk.core.accounts.credentials import Right
from kiosk.core.accounts.roles import Action, may
from kiosk.core.errors import BadAudio, ConsentMissing, DuplicateVoice, EnrollmentRefused
from kiosk.core.hearing.speech import lent
from kiosk.core.people.users import clean_name
from kiosk.core.visit.outcomes import TakeAccepted, TakeOutcome, TakeRefused
from kiosk.core.voice.duplicates import MAX_REASON, DuplicateDecision, DuplicateFound, clean_reason

router = APIRouter(prefix="/v1", tags=["Enrollments"], route_class=upload_route(Right.ENROLL))


class TakesRefused(EnrollmentRefused):
    """Some takes are not good enough, or they are not of one voice.

    Attributes:
        members: how each take was judged, for the problem object.
    """

    def __init__(self, message: str, *, hint: str, takes: list[Take]) -> None:
        super().__init__(message, hint=hint)
        self.members = {"takes": [take.model_dump(mode="json") for take in takes]}


class VoiceKnown(DuplicateVoice):
    """The voice is like that of somebody enrolled already, and nobody has decided about it.

    Attributes:
        members: whom it is like, for the problem object, where the caller may know who is enrolled.
    """

    def __init__(self, found: DuplicateFound) -> None:
        super().__init__(
            found.message,
            hint="If it is a different person, send the reason as allow_duplicate.",
        )
        told = found.candidates if may(Action.SEE_PEOPLE) else ()
        people = [
            AlikePerson(
                external_id=each.user_id,
                name=each.name,
                score=each.score,
                threshold=each.threshold,
                model_id=each.model_id,
                enrolled_at=each.enrolled_at,
                enabled=each.enabled,
            )
            for each in told
        ]
        self.members = {"candidates": [each.model_dump(mode="json") for each in people]}


@router.post(
    "/enrollments",
    status_code=201,
    responses=failures(400, 409, 415, 422, 507),
    summary="Enroll a person's voice",
)
def enroll(
    here: Here,
    caller: Annotated[Caller, Depends(require(Right.ENROLL))],
    response: Response,
    external_id: FormId,
    audio: Annotated[
        list[UploadFile],
        File(
            min_length=1,
            max_length=MAX_FILES,
            description="Recordings of the same person, one per take; three are good.",
        ),
    ],
    consent: Annotated[
        bool,
        Form(description="Must be `true`: the person agreed to the consent text."),
    ],
    name: Annotated[
        str,
        Form(
            max_length=200,
            description="Display name; optional.",
            json_schema_extra={"pattern": NAME_PATTERN, "maxLength": 120},
        ),
    ] = "",
    replace: Annotated[bool, Form(description="Replace an earlier voiceprint.")] = False,
    allow_duplicate: Annotated[
        str,
        Form(
            max_length=2 * MAX_REASON,
            description=(
                "Why this is a different person although the voice is similar to an enrolled "
                "person's, such as `twins`; recorded. Without it such a voice is refused with "
                "`duplicate-voice`."
            ),
            json_schema_extra={"pattern": NAME_PATTERN, "maxLength": MAX_REASON},
        ),
    ] = "",
    consent_language: ConsentLanguage = None,
) -> Enrollment:
    """Judge every take, and store all of them or nothing."""
    kiosk = here.kiosk
    accepted: list[TakeAccepted] = []
    try:
        user_id = kiosk.enroll.require_free(external_id, replacing=replace)
        shown = clean_name(name)
        reason = clean_reason(allow_duplicate) if allow_duplicate.strip() else ""
        if not consent:
            raise ConsentMissing(f"There is no consent of {user_id}.")
        agreed_to = text_in(kiosk.consents, consent_language)
        takes = _judge(here, audio, accepted)
        model_id = accepted[0].embedding.model_id
        try:
            person = kiosk.enroll.save(
                user_id,
                shown,
                accepted,
                consent=consent,
                agreed_to=agreed_to,
                replacing=replace,
                vouched_by=caller.client,
                decision=DuplicateDecision(reason) if reason else None,
            )
        except EnrollmentRefused as exc:
            raise TakesRefused(exc.message, hint=exc.hint, takes=takes) from exc
        except DuplicateFound as exc:
            raise VoiceKnown(exc) from exc
    except (BadAudio, EnrollmentRefused, DuplicateVoice):
        here.metrics.enrolled("refused")
        raise
    finally:
        for take in accepted:
            take.wipe()
    here.metrics.enrolled("stored")
    response.headers["Location"] = f"/v1/people/{quote(person.user_id, safe='')}"
    return Enrollment(
        external_id=person.user_id,
        name=person.name,
        model_id=model_id,
        consent_version=person.consent.text_version if person.consent else "",
        takes=takes,
    )


def _judge(here: Context, files: list[UploadFile], accepted: list[TakeAccepted]) -> list[Take]:
    """Return how all takes were judged, or refuse them together: all can be recorded again at once.

    Args:
        here: the context.
        files: one recording a take.
        accepted: what can be used is added here, whether or not the rest can.

    Raises:
        BadAudio: one of them is no recording.
        TakesRefused: one of them is not good enough.
        Busy: the queue is full; the whole enrollment takes one place in it.
    """
    contents = [content_of(file, f"recording {number}") for number, file in enumerate(files, 1)]
    takes: list[Take] = []
    with here.inference.slot():
        for number, data in enumerate(contents, 1):
            speech = here.kiosk.recordings.speech_of_bytes(data, f"recording {number}")
            with lent(speech):
                outcome = here.kiosk.enroll.check_take(speech)
            takes.append(_take(number, outcome))
            if isinstance(outcome, TakeAccepted):
                accepted.append(outcome)
    refused = [take for take in takes if not take.accepted]
    if refused:
        raise _refusal(refused, takes)
    return takes


def _take(number: int, outcome: TakeOutcome) -> Take:
    reasons = outcome.reasons if isinstance(outcome, TakeRefused) else ()
    return Take(
        take=number,
        accepted=isinstance(outcome, TakeAccepted),
        reasons=Why.all_of(reasons),
        quality=Quality.of(outcome.quality),
    )


def _refusal(refused: list[Take], takes: list[Take]) -> TakesRefused:
    listed = "; ".join(
        f"recording {take.take}: {', '.join(why.code.replace('_', ' ') for why in take.reasons)}"
        for take in refused
    )
    advice = dict.fromkeys(why.advice for take in refused for why in take.reasons)
    return TakesRefused(
        f"{len(refused)} of {len(takes)} recordings cannot be used, nothing was stored ({listed}).",
        hint=" ".join(advice),
        takes=takes,
    )
