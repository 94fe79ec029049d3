"""The whole job, unattended: ``kiosk demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kiosk.cli import output
from kiosk.cli.options import Json, options_of

_RIGHT = {True: "right", False: "WRONG"}


def demo(
    ctx: typer.Context,
    out: Annotated[
        Path, typer.Option(help="Folder for the screenshots and the table.", file_okay=False)
    ],
    real_microphone: Annotated[
        bool,
        typer.Option(
            "--real-microphone",
            help="Speak through the loudspeaker into the system's microphone.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Enroll two synthetic voices on the screen, verify them, and reject all others.

    A robot operates the real window; the voices go through the real microphone path. The data
    folder is a temporary one. Exit 0 only if every decision was right.
    """
    from kiosk.demo.perform import perform

    report = perform(out, real_microphone=real_microphone, verbose=options_of(ctx).verbose)
    if as_json:
        output.answer(report.as_dict())
    else:
        output.show_table(
            ("Who spoke", "Claimed to be", ">Score", ">Threshold", "Decision", "That was"),
            [
                (
                    decision.speaker,
                    decision.claimed,
                    "–" if decision.score is None else f"{decision.score:.2f}",
                    f"{decision.threshold:.2f}",
                    decision.outcome.replace("_", " "),
                    _RIGHT[decision.right],
                )
                for decision in report.decisions
            ],
        )
        right = sum(decision.right for decision in report.decisions)
        output.say(
            f"{right} of {len(report.decisions)} decisions were right. Voice model "
            f"{report.model_id}, {report.microphone}; {len(report.screenshots)} screenshots in "
            f"{out}."
        )
    if not report.passed:
        raise typer.Exit(1)
