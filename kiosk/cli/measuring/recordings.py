"""Commands for those who measure: embed and evaluate."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli.options import Json, options_of
from kiosk.cli.output import answer, progress_bar, show_table
from kiosk.cli.session import open_kiosk, start

if TYPE_CHECKING:
    from kiosk.core.measuring.metrics import Rates
    from kiosk.services.measuring.evaluating import Evaluation


def embed(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Recordings.")],
    as_json: Json = True,
) -> None:
    """Print the embedding of each whole recording as a JSON array.

    Nothing is trimmed nor judged: the vectors are those of SpeechBrain's encode_batch, scaled to
    unit length.
    """
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        rows: list[dict[str, Any]] = []
        for path in files:
            clip = kiosk.recordings.clip(path)
            start(kiosk, until="model")
            embedding = kiosk.engine.encode_clip(clip)
            rows.append(
                {
                    "file": str(path),
                    "model_id": embedding.model_id,
                    "embedding": embedding.vector.tolist(),
                }
            )
    # Only now: with one bad file among them nothing is printed.
    answer(rows)


class Protocol(StrEnum):
    """What the list holds."""

    TRIALS = "trials"
    SITE = "site"


def evaluate(
    ctx: typer.Context,
    trials: Annotated[
        Path,
        typer.Argument(
            metavar="LIST",
            help="Lines '1 enroll.wav test.wav', or 0; for the protocol 'site' lines of a speaker, "
            "a tab and a file.",
        ),
    ],
    protocol: Annotated[
        Protocol,
        typer.Option(
            help=(
                "trials: pairs of files by the cosine of the first model. site: people are "
                "enrolled, and everyone's other recordings are compared with them."
            )
        ),
    ] = Protocol.TRIALS,
    root: Annotated[
        Path | None,
        typer.Option(help="Folder that the paths are relative to; that of TRIALS by default."),
    ] = None,
    max_seconds: Annotated[
        float | None, typer.Option(min=0.1, help="Use only the beginning of each file.")
    ] = None,
    takes: Annotated[int, typer.Option(min=1, help="site: takes of an enrollment.")] = 3,
    people: Annotated[
        int | None, typer.Option(min=1, help="site: people enrolled; everyone by default.")
    ] = None,
    policy: Annotated[
        int, typer.Option(min=2, help="site: at most one impostor in so many.")
    ] = 100,
    repeats: Annotated[int, typer.Option(min=1, help="site: draws of people and takes.")] = 10,
    no_gates: Annotated[
        bool, typer.Option("--no-gates", help="site: also compare poor recordings.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Report error rates: over trials in VoxCeleb format, or of a site that enrolls people."""
    from kiosk.services.measuring.evaluating import read_trials

    if protocol is Protocol.SITE:
        from kiosk.cli.measuring.sites import evaluate_site
        from kiosk.services.measuring.site_protocol import Plan

        plan = Plan(takes, people, policy, repeats, gates=not no_gates)
        evaluate_site(trials, trials.parent if root is None else root, plan, as_json=as_json)
        return
    listed = read_trials(trials)
    with open_kiosk(options_of(ctx), until="model") as kiosk, progress_bar("Encoding") as show:
        result = kiosk.evaluate(
            listed,
            trials.parent if root is None else root,
            max_seconds=max_seconds,
            progress=show,
        )
    if as_json:
        answer(_figures(result))
    else:
        _show(result)


def _figures(result: Evaluation) -> dict[str, Any]:
    return {
        "model_id": result.model_id,
        "files": result.files,
        "trials": {
            "total": result.genuine + result.impostor,
            "genuine": result.genuine,
            "impostor": result.impostor,
        },
        "eer": result.eer,
        "threshold_at_eer": result.at_eer,
        "min_dcf": result.min_dcf,
        "min_cllr": result.min_cllr,
        "p_target": 0.01,
        "present": _rates(result.present),
        "fmr_1_percent": _rates(result.fmr_1_percent),
    }


def _rates(rates: Rates) -> dict[str, float]:
    return {"threshold": rates.threshold, "fmr": rates.fmr, "fnmr": rates.fnmr}


def _show(result: Evaluation) -> None:
    show_table(
        ("Figure", ">Value"),
        [
            ("Model", result.model_id),
            ("Files", str(result.files)),
            ("Genuine trials", str(result.genuine)),
            ("Impostor trials", str(result.impostor)),
            ("EER", f"{result.eer:.2%}"),
            ("minDCF (p = 0.01)", f"{result.min_dcf:.3f}"),
            ("Least Cllr", f"{result.min_cllr:.3f}"),
        ],
    )
    show_table(
        ("Threshold", ">Score", ">FMR", ">FNMR"),
        [
            (name, f"{rates.threshold:.2f}", f"{rates.fmr:.2%}", f"{rates.fnmr:.2%}")
            for name, rates in (
                ("In force", result.present),
                ("At FMR 1 %", result.fmr_1_percent),
            )
        ]
        + [("At EER", f"{result.at_eer:.2f}", f"{result.eer:.2%}", f"{result.eer:.2%}")],
    )
