"""Commands about a voice: enroll, verify, identify."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli import failures
from kiosk.cli.options import Json, User, options_of
from kiosk.cli.output import answer, say, show_table
from kiosk.cli.session import open_kiosk, start
from kiosk.cli.trying import FactorFile, shown_in
from kiosk.core.errors import AlreadyEnrolled, ConsentMissing, DuplicateVoice, EnrollmentRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.duplicates import Alike
    from kiosk.core.outcomes import Identification, TakeAccepted, VerifyOutcome
    from kiosk.core.quality import QualityReport, Reason
    from kiosk.core.speech import Speech
    from kiosk.core.users import Person
    from kiosk.services.enrolling import EnrollUser


class KnownVoice(DuplicateVoice):
    """The voice is like that of these people.

    Attributes:
        members: who they are, for the JSON answer.
    """

    def __init__(self, candidates: Sequence[Alike]) -> None:
        from kiosk.core.duplicates import named

        super().__init__(
            f"The voice is like that of {named(candidates)}; nothing was stored.",
            hint="Re-enroll that person with --replace, or add --allow-duplicate REASON when it "
            "is another one.",
        )
        self.members = {"candidates": _people(candidates)}


AllowDuplicate = Annotated[
    str | None,
    typer.Option(
        metavar="REASON",
        help="Why this is another person although the voice is like that of somebody enrolled "
        "already, such as: twins. It is recorded.",
    ),
]
Recording = Annotated[Path, typer.Argument(metavar="FILE", help="A recording of speech.")]


def enroll(
    ctx: typer.Context,
    user: User,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Recordings; each is one take.")
    ],
    name: Annotated[str, typer.Option(help="Display name.")] = "",
    consent: Annotated[
        bool, typer.Option("--consent", help="The person agreed to be enrolled.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the person's present voiceprint.")
    ] = False,
    allow_duplicate: AllowDuplicate = None,
    as_json: Json = False,
) -> None:
    """Enroll a person from recordings: all takes are stored, or nothing."""
    from kiosk.core.duplicates import clean_reason
    from kiosk.core.speech import lent
    from kiosk.core.users import clean_name

    shown = clean_name(name)
    reason = None if allow_duplicate is None else clean_reason(allow_duplicate)
    if not consent:
        raise ConsentMissing(
            f"There is no consent of {user}.",
            hint="Ask the person, then add --consent.",
        )
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        recordings = [kiosk.recordings.speech(path) for path in files]
        start(kiosk, until="model")
        _require_free(kiosk.enroll, user, replace=replace)
        with lent(*recordings):
            takes = _accepted(kiosk.enroll, files, recordings)
        alike = () if reason is None else kiosk.enroll.duplicates(user, takes)
        person = _saved(kiosk.enroll, user, shown, takes, replace=replace, reason=reason, of=alike)
        first = takes[0]
        model_ids = [made.model_id for made in (first.embedding, first.second) if made is not None]
    if as_json:
        answer(
            {
                "user": person.user_id,
                "name": person.name,
                "takes": len(takes),
                "model_id": model_ids[0],
                "model_ids": model_ids,
                "quality": [take.quality.as_dict() for take in takes],
                "alike": _people(alike),
            }
        )
        return
    counted = f"{len(takes)} {'take' if len(takes) == 1 else 'takes'}"
    models = f", for the models {' and '.join(model_ids)}" if len(model_ids) > 1 else ""
    say(f"Enrolled {person.user_id} with {counted}{models}.")
    if alike:
        from kiosk.core.duplicates import named

        say(f"The voice is like that of {named(alike)}; your reason is recorded.", "yellow")
    show_table(
        ("Take", "File", ">Net speech", ">SNR", ">Level"),
        [
            (str(number), path.name, *_figures(take.quality))
            for number, (path, take) in enumerate(zip(files, takes, strict=True), 1)
        ],
    )
    for number, take in enumerate(takes, 1):
        _show_notices(take.quality, f" on take {number}")


def verify(
    ctx: typer.Context,
    user: User,
    file: Recording,
    factor_file: FactorFile = None,
    as_json: Json = False,
) -> None:
    """Verify that a recording is of a person: 0 yes, 1 no, 3 could not tell, or locked."""
    from kiosk.core.speech import lent

    shown = shown_in(factor_file)
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        kiosk.second_factors.require_shown(shown)
        speech = kiosk.recordings.speech(file)
        start(kiosk, until="model")
        with lent(speech):
            outcome = kiosk.verify(user, speech, shown=shown, blind=False)
    if as_json:
        answer(_verification(outcome))
    else:
        _show_verification(outcome)
    codes = {"verified": failures.OK, "not_verified": failures.NEGATIVE}
    raise typer.Exit(codes.get(outcome.name, failures.INCONCLUSIVE))


def identify(
    ctx: typer.Context,
    file: Recording,
    limit: Annotated[int, typer.Option(min=1, help="Show at most this many candidates.")] = 10,
    factor_file: FactorFile = None,
    as_json: Json = False,
) -> None:
    """Rank everybody by how alike the voice is: exit code 0 found, 1 nobody, 3 could not tell."""
    from kiosk.core.speech import lent

    shown = shown_in(factor_file)
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        kiosk.second_factors.require_shown(shown)
        speech = kiosk.recordings.speech(file)
        start(kiosk, until="model")
        with lent(speech):
            found = kiosk.identify(speech, shown=shown)
    if as_json:
        answer(_identification(found, limit))
    else:
        _show_identification(found, limit)
    codes = {"identified": failures.OK, "unknown": failures.NEGATIVE}
    raise typer.Exit(codes.get(found.name, failures.INCONCLUSIVE))


def _require_free(enrolling: EnrollUser, user: str, *, replace: bool) -> None:
    try:
        enrolling.require_free(user, replacing=replace)
    except AlreadyEnrolled as exc:
        raise AlreadyEnrolled(exc.message, hint="Use another ID, or add --replace.") from exc


def _saved(
    enrolling: EnrollUser,
    user: str,
    name: str,
    takes: Sequence[TakeAccepted],
    *,
    replace: bool,
    reason: str | None,
    of: Sequence[Alike],
) -> Person:
    """Store the takes, or say whom the voice is like.

    Raises:
        KnownVoice: it is like somebody who is not among those the reason is given for.
    """
    from kiosk.core.duplicates import DuplicateDecision, DuplicateFound

    about = frozenset(each.user_id for each in of)
    decision = None if reason is None else DuplicateDecision(reason, about)
    try:
        return enrolling.save(user, name, takes, consent=True, replacing=replace, decision=decision)
    except DuplicateFound as exc:
        raise KnownVoice(exc.candidates) from exc


def _people(alike: Sequence[Alike]) -> list[dict[str, Any]]:
    return [
        {
            "user": each.user_id,
            "name": each.name,
            "score": each.score,
            "threshold": each.threshold,
            "model_id": each.model_id,
            "enrolled_at": each.enrolled_at.isoformat(),
            "enabled": each.enabled,
        }
        for each in alike
    ]


def _accepted(
    enrolling: EnrollUser, files: Sequence[Path], recordings: Sequence[Speech]
) -> list[TakeAccepted]:
    """Return all takes, or refuse them together so that all can be recorded again at once."""
    from kiosk.core.outcomes import TakeRefused

    accepted: list[TakeAccepted] = []
    complaints: list[str] = []
    advice: list[str] = []
    for path, speech in zip(files, recordings, strict=True):
        outcome = enrolling.check_take(speech)
        if isinstance(outcome, TakeRefused):
            complaints.append(f"{path.name}: {_words(outcome.reasons)}")
            advice += [text for text in _advice(outcome.reasons) if text not in advice]
        else:
            accepted.append(outcome)
    if complaints:
        raise EnrollmentRefused(
            f"{len(complaints)} of {len(files)} takes cannot be used, nothing was stored "
            f"({'; '.join(complaints)}).",
            hint=" ".join(advice),
        )
    return accepted


def _verification(outcome: VerifyOutcome) -> dict[str, Any]:
    from kiosk.core.outcomes import Inconclusive, Locked, NotVerified, Verified
    from kiosk.core.quality import noticed

    reasons = outcome.reasons if isinstance(outcome, Inconclusive) else ()
    shown: dict[str, Any] = {
        "outcome": outcome.name,
        "user": outcome.user_id,
        "score": outcome.score,
        "threshold": outcome.threshold,
        "model_id": outcome.model_id,
        "reasons": [reason.value for reason in reasons],
    }
    if isinstance(outcome, Locked):
        shown |= {"reasons": [outcome.lock.reason.value], "notices": [], "quality": None}
    else:
        notices = [notice.value for notice in noticed(outcome.quality, reasons)]
        shown |= {"notices": notices, "quality": outcome.quality.as_dict()}
    if isinstance(outcome, NotVerified) and outcome.factor_wrong:
        shown["reasons"] = ["second_factor"]
    if isinstance(outcome, Verified | NotVerified):
        basis = outcome.basis
        shown |= {
            "scorer": basis.scorer,
            "cosines": dict(basis.cosines),
            "llr": basis.llr,
            "one_in": basis.one_in,
        }
    lock = outcome.lock if isinstance(outcome, Inconclusive | NotVerified | Locked) else None
    return shown | {"retry_after_s": None if lock is None else lock.retry_after_s}


def _show_verification(outcome: VerifyOutcome) -> None:
    from kiosk.core.outcomes import Inconclusive, Locked, NotVerified

    if isinstance(outcome, Locked):
        wait = outcome.lock.retry_after_s
        how = f"try again in {wait} s" if wait is not None else "an operator must unlock it"
        say(f"Locked: {outcome.user_id} has failed too often; {how}.", "red")
        say(f"  See 'kiosk users unlock {outcome.user_id} --help'.")
        return
    if isinstance(outcome, Inconclusive):
        say(f"Could not tell whether this is {outcome.user_id}.", "yellow")
        _show_advice(outcome.reasons)
        return
    accepted = outcome.name == "verified"
    say(
        f"{'Verified' if accepted else 'Not verified'}: {outcome.user_id} "
        f"(score {outcome.score:.3f}, threshold {outcome.threshold:.3f})",
        "green" if accepted else "red",
    )
    cosines = ", ".join(f"{name} {value:.3f}" for name, value in outcome.basis.cosines.items())
    if outcome.basis.one_in is not None:
        say(f"  At most 1 impostor in {outcome.basis.one_in} reaches the threshold ({cosines}).")
    if isinstance(outcome, NotVerified) and outcome.factor_wrong:
        say("Note: the PIN or badge was missing or not right.")
    _show_notices(outcome.quality)


def _identification(found: Identification, limit: int) -> dict[str, Any]:
    from kiosk.core.quality import noticed

    return {
        "outcome": found.name,
        "candidates": [
            {"user": candidate.user_id, "name": candidate.name, "score": candidate.score}
            for candidate in found.candidates[:limit]
        ],
        "margin": found.margin,
        "threshold": found.threshold,
        "reaches_threshold": found.identified or found.factor_wrong,
        "model_id": found.model_id,
        "reasons": ["second_factor"]
        if found.factor_wrong
        else [reason.value for reason in found.reasons],
        "notices": [notice.value for notice in noticed(found.quality, found.reasons)],
        "quality": found.quality.as_dict(),
    }


def _show_identification(found: Identification, limit: int) -> None:
    if found.reasons:
        say("Could not tell who this is.", "yellow")
        _show_advice(found.reasons)
        return
    if found.identified:
        best = found.candidates[0]
        margin = "" if found.margin is None else f", {found.margin:.2f} ahead of the next"
        say(f"Most likely {best.user_id}{margin}.", "green")
    elif found.factor_wrong:
        say("Not identified: the PIN or badge was missing or not right.", "red")
    else:
        say("Nobody enrolled reaches the threshold.", "red")
    show_table(
        (">Rank", "ID", "Name", ">Score", f"Threshold {found.threshold:.3f}"),
        [
            (
                str(rank),
                candidate.user_id,
                candidate.name,
                f"{candidate.score:.3f}",
                "reached" if candidate.score >= found.threshold else "below",
            )
            for rank, candidate in enumerate(found.candidates[:limit], 1)
        ],
    )


def _show_notices(quality: QualityReport, about: str = "") -> None:
    from kiosk.core.quality import NOTED, noticed

    for notice in noticed(quality):
        say(f"Note{about}: {NOTED[notice]}", "yellow")


def _show_advice(reasons: Sequence[Reason]) -> None:
    for text in _advice(reasons):
        say(f"  {text}")


def _advice(reasons: Sequence[Reason]) -> list[str]:
    from kiosk.core.quality import ADVICE

    return [ADVICE[reason] for reason in reasons]


def _words(reasons: Sequence[Reason]) -> str:
    return ", ".join(reason.value.replace("_", " ") for reason in reasons)


def _figures(quality: QualityReport) -> tuple[str, str, str]:
    return (
        f"{quality.net_speech_s:.1f} s",
        f"{quality.snr_db:.0f} dB",
        f"{quality.level_dbfs:.0f} dBFS",
    )
