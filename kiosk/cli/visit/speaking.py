"""Commands about a voice: verify, identify."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli import failures
from kiosk.cli.limits.trying import FactorFile, shown_in
from kiosk.cli.options import Json, User, options_of
from kiosk.cli.output import answer, say, show_table
from kiosk.cli.session import open_kiosk, start
from kiosk.core.accounts.acting import acting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.hearing.quality import QualityReport, Reason
    from kiosk.core.visit.outcomes import Identification
    from kiosk.core.visit.telling import Told


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
    from kiosk.core.visit.telling import visible_to

    shown = shown_in(factor_file)
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        kiosk.second_factors.require_shown(shown)
        speech = kiosk.recordings.speech(file)
        start(kiosk, until="model")
        with lent(speech):
            told = visible_to(kiosk.verify(user, speech, shown=shown, blind=False), acting())
    if as_json:
        answer(_verification(told))
    else:
        _show_verification(told)
    codes = {"verified": failures.OK, "not_verified": failures.NEGATIVE}
    raise typer.Exit(codes.get(told.outcome, failures.INCONCLUSIVE))


def identify(
    ctx: typer.Context,
    file: Recording,
    limit: Annotated[int, typer.Option(min=1, help="Show at most this many candidates.")] = 10,
    factor_file: FactorFile = None,
    as_json: Json = False,
) -> None:
    """Rank everyone by how similar the voice is: exit code 0 found, 1 nobody, 3 could not tell."""
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


def _verification(told: Told) -> dict[str, Any]:
    basis = {} if told.basis is None else asdict(told.basis)
    return {
        "outcome": told.outcome,
        "user": told.user_id,
        "score": told.score,
        "threshold": told.threshold,
        "model_id": told.model_id,
        "reasons": list(told.reasons),
        "notices": told.notices,
        "quality": told.measured,
        **basis,
        "retry_after_s": told.retry_after_s,
    }


def _show_verification(told: Told) -> None:
    if told.outcome == "locked":
        wait = told.retry_after_s
        how = f"try again in {wait} s" if wait is not None else "an operator must unlock the ID"
        say(f"Locked: {told.user_id} has failed too often; {how}.", "red")
        say(f"  See 'kiosk users unlock {told.user_id} --help'.")
        return
    if told.score is None or told.basis is None:
        say(f"Could not tell whether this is {told.user_id}.", "yellow")
        _show_advice(told.refused)
        return
    accepted = told.outcome == "verified"
    say(
        f"{'Verified' if accepted else 'Not verified'}: {told.user_id} "
        f"(score {told.score:.3f}, threshold {told.threshold:.3f})",
        "green" if accepted else "red",
    )
    cosines = ", ".join(f"{name} {value:.3f}" for name, value in told.basis.cosines.items())
    if told.basis.one_in is not None:
        say(f"  At most 1 impostor in {told.basis.one_in} reaches the threshold ({cosines}).")
    if told.reasons:
        say("Note: the PIN or badge was missing or wrong.")
    if told.quality is not None:
        show_notices(told.quality)


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
        say("Not identified: the PIN or badge was missing or wrong.", "red")
    else:
        say("No enrolled person reaches the threshold.", "red")
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
    return [reason.gate.advice for reason in reasons]
