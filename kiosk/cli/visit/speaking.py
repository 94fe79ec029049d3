"""Commands about a voice: verify, identify."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli import failures
from kiosk.cli.limits.trying import FactorFile, shown_in
from kiosk.cli.options import Json, User, options_of
from kiosk.cli.output import answer, say, show_table
from kiosk.cli.session import open_kiosk, start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.hearing.quality import QualityReport, Reason
    from kiosk.core.visit.outcomes import Identification, VerifyOutcome


Recording = Annotated[Path, typer.Argument(metavar="FILE", help="A recording of speech.")]


def verify(
    ctx: typer.Context,
    user: User,
    file: Recording,
    factor_file: FactorFile = None,
    as_json: Json = False,
) -> None:
    """Verify that a recording is of a person: 0 yes, 1 no, 3 could not tell, or locked."""
    from kiosk.core.hearing.speech import lent

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
    from kiosk.core.hearing.speech import lent

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


def _verification(outcome: VerifyOutcome) -> dict[str, Any]:
    from kiosk.core.hearing.quality import noticed
    from kiosk.core.visit.outcomes import Inconclusive, Locked, NotVerified, Verified

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
    from kiosk.core.visit.outcomes import Inconclusive, Locked, NotVerified

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
    show_notices(outcome.quality)


def _identification(found: Identification, limit: int) -> dict[str, Any]:
    from kiosk.core.hearing.quality import noticed

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


def show_notices(quality: QualityReport, about: str = "") -> None:
    """Say what is worth knowing though it is no reason to refuse the recording."""
    from kiosk.core.hearing.quality import NOTED, noticed

    for notice in noticed(quality):
        say(f"Note{about}: {NOTED[notice]}", "yellow")


def _show_advice(reasons: Sequence[Reason]) -> None:
    for text in _advice(reasons):
        say(f"  {text}")


def _advice(reasons: Sequence[Reason]) -> list[str]:
    from kiosk.core.hearing.quality import ADVICE

    return [ADVICE[reason] for reason in reasons]
