"""What is sent and answered under ``/v1``, as the schema documents it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from kiosk.api.answers.basis import SCORE, Answer, Basis
from kiosk.core.hearing.quality import MEASURES, QualityReport, Reason

ID_PATTERN = r"^[\p{L}\p{N}]([\p{L}\p{N}._@-]{0,62}[\p{L}\p{N}])?$"
"""What :func:`kiosk.core.people.users.clean_user_id` accepts, for the schema only: surrounding
spaces and decomposed accents are mended there and not refused."""
NAME_PATTERN = r"^([\p{L}\p{M}\p{N}\p{P}\p{S} ]|\p{L}\p{M}*([\u200C\u200D]\p{L}\p{M}*)+)*$"
"""What :func:`kiosk.core.people.users.clean_name` accepts, for the schema only."""

Score = Annotated[float, Field(ge=-1.0, le=1.0, description=SCORE, examples=[0.631])]
Id = Annotated[str, Field(description="The person's ID.", examples=["anna"])]
Name = Annotated[str, Field(description="Display name; optional.", examples=["Anna Larsen"])]
ModelId = Annotated[str, Field(description="Of the voice model.", examples=["ecapa-kiosk-0"])]


class Outcome(StrEnum):
    """How a verification ended.

    A client that is ready for all five need not change when the kiosk learns more.
    """

    VERIFIED = "verified"
    NOT_VERIFIED = "not_verified"
    INCONCLUSIVE = "inconclusive"
    SUSPECTED_REPLAY = "suspected_replay"
    LOCKED = "locked"


_FIELDS: dict[str, Any] = {
    name: (float, Field(description=each.meaning, examples=[each.example]))
    for name, each in MEASURES.items()
}
_Measured: Any = create_model("_Measured", __base__=Answer, **_FIELDS)


class Quality(_Measured):  # type: ignore[misc]
    """What was measured of a recording."""

    @classmethod
    def of(cls, report: QualityReport) -> Quality:
        """Return the answer for a report."""
        return cls(**report.as_dict())


class Why(Answer):
    """One reason, and what to do about it."""

    code: str = Field(
        description="Stable name. Of a recording: "
        + ", ".join(f"`{reason.value}`" for reason in Reason)
        + ".",
        examples=["too_short"],
    )
    advice: str = Field(examples=["Too little speech was heard. Say the whole sentence."])

    @classmethod
    def all_of(cls, reasons: tuple[Reason, ...]) -> list[Why]:
        """Return the answers for the reasons of a quality gate."""
        return [cls(code=reason.value, advice=reason.gate.advice) for reason in reasons]


class Verification(Answer):
    """A decision about a claimed identity. It was stored before it was answered."""

    outcome: Outcome = Field(
        description="`verified` and `not_verified`: the score reached the threshold, or did not. "
        "`inconclusive`: nothing was compared, for the reasons given; ask again. `locked`: there "
        "were too many failures, or the person is disabled; nothing was compared nor stored. "
        "`suspected_replay` is never answered as yet; treat it as not verified."
    )
    external_id: Id
    score: Score | None = Field(
        description=(
            "`null` when nothing was compared, and when a PIN or badge is asked for and it is "
            "not verified, so that nobody learns which was wrong."
        )
    )
    threshold: float | None = Field(
        description="The threshold at that moment; `null` when locked.", examples=[0.25]
    )
    basis: Basis | None = Field(description="`null` whenever the score is.")
    model_id: ModelId
    reasons: list[Why] = Field(description="Why nothing was compared; empty otherwise.")
    notices: list[str] = Field(
        description="Reason codes that were noticed but did not refuse the recording."
    )
    quality: Quality | None = Field(description="`null` when locked.")
    retry_after_s: int | None = Field(
        description=(
            "Seconds until a try is accepted again; `null` when it is at once, or when an "
            "operator must act."
        ),
        examples=[None],
    )


class Candidate(Answer):
    """One person in a ranking."""

    external_id: Id
    name: Name
    score: Score


class Identification(Answer):
    """Whose voice it is most likely. Decides nothing; that it was asked is recorded."""

    outcome: Literal["identified", "unknown", "inconclusive"] = Field(
        description="`identified`: the first candidate reaches the threshold. The chance that "
        "somebody unknown does grows with the number of people; verify a claimed identity "
        "wherever you can."
    )
    candidates: list[Candidate] = Field(
        description="Best first; who is disabled or locked is left out. Empty without the right "
        "`people`, and for a rejection where a second factor is asked for."
    )
    margin: float | None = Field(description="Difference between the best and the second score.")
    threshold: float
    model_id: ModelId
    reasons: list[Why]
    notices: list[str]
    quality: Quality
    retry_after_s: int | None = Field(
        default=None,
        description="Seconds until a try is accepted again; `null` when it is at once.",
    )


class Take(Answer):
    """How one recording of an enrollment was judged."""

    take: int = Field(ge=1, description="Its number, in the order sent.")
    accepted: bool
    reasons: list[Why] = Field(description="Why it was refused; empty otherwise.")
    quality: Quality


class AlikePerson(Answer):
    """Somebody enrolled whose voice is like the one that was sent."""

    external_id: Id
    name: Name
    score: Score
    threshold: float = Field(description="The duplicate threshold that it reaches.")
    model_id: ModelId
    enrolled_at: datetime
    enabled: bool


class Enrollment(Answer):
    """A voiceprint that was stored."""

    external_id: Id
    name: Name
    model_id: ModelId
    consent_version: str = Field(description="Version of the consent text that was agreed to.")
    takes: list[Take]


class ConsentTextShown(Answer):
    """A consent text as a person must be shown it."""

    language: str
    version: str
    sha256: str = Field(description="Of the text in UTF-8; receipts name it.")
    markdown: str
    languages: list[str] = Field(description="In which there is a text, the site's own first.")


class Consent(Answer):
    """To what a person agreed, and when."""

    text_version: str
    given_at: datetime


class VoiceModel(Answer):
    """An installed voice model."""

    model_id: ModelId
    title: str
    dim: int = Field(description="Numbers in an embedding.")
    threshold: float = Field(description="The threshold for decisions made with this model.")
    default_threshold: float
    threshold_basis: str = Field(description="How the default threshold was found.")
    licence: str
    builtin: bool
    in_use: bool = Field(description="People are verified with this model.")
    also_enrolled: bool = Field(description="People are also enrolled with it.")


class VoiceModels(Answer):
    """The installed voice models."""

    models: list[VoiceModel]


class Alive(Answer):
    """The service answers."""

    status: Literal["alive"]


class Check(Answer):
    """One thing the service needs."""

    ok: bool
    detail: str = Field(description="What is wrong; empty when nothing is.")


class Ready(Answer):
    """The service can do its work."""

    status: Literal["ready"]
    checks: dict[Literal["storage", "model", "streams"], Check]


class InvalidField(BaseModel):
    """What is wrong with one part of a request."""

    field: str
    message: str


class Problem(BaseModel):
    """A failure, after RFC 9457. Further members depend on the type."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:voice-kiosk:problem:unknown-person",
                    "title": "Nobody has this ID",
                    "status": 404,
                    "detail": "Nobody is enrolled under the ID anna.",
                    "hint": "Check the ID, or enroll the person first.",
                    "code": "USR-002",
                }
            ]
        },
    )

    type: str = Field(description="Stable name of the kind of failure.")
    title: str = Field(description="The same for all failures of the kind.")
    status: int = Field(description="The HTTP status again.")
    detail: str = Field(description="What happened, in plain words.")
    hint: str = Field(default="", description="What to do about it, in plain words.")
    code: str = Field(default="", description="Stable code of the error, where it has one.")
    errors: list[InvalidField] = Field(default=[], description="What is wrong with the request.")
    takes: list[Take] = Field(default=[], description="How each recording was judged.")
    candidates: list[AlikePerson] = Field(
        default=[],
        description="Whom the voice is like, the most alike first; only for keys with the right "
        "`people`.",
    )
    checks: dict[str, Check] = Field(default={}, description="What the service lacks.")
    incident: str = Field(default="", description="Number under which the log has the details.")


class SeedMessage(BaseModel):
    """A failure on the routes of VoiceVerifier and SpeechEngine."""

    message: str = Field(examples=["Start a new stream and upload the recording again."])
