"""Measurements on this machine: ``kiosk bench``."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from kiosk.cli import output
from kiosk.cli.options import Json

_GOALS = {
    "end_point_to_verdict.verdict.p95_ms": "≤ 50",
    "gui_gap.encoding.p99_ms": "≤ 20",
    "startup.window_s": "< 1",
}


def bench(
    utterances: Annotated[
        int, typer.Option(min=1, max=1_000, help="How many verdicts are timed.")
    ] = 50,
    starts: Annotated[int, typer.Option(min=1, max=20, help="How many times it is started.")] = 3,
    soak: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            max=10_000,
            help="Only record for so many minutes, and account for each sample.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure start-up, encoding, latency, stalls of the window and memory, in one run.

    Synthetic voices speak through a virtual microphone; the figures are of this machine.
    """
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as scratch:
        if soak is None:
            from kiosk.bench.runner import run_bench

            figures = run_bench(Path(scratch), utterances=utterances, starts=starts)
        else:
            from kiosk.demo.soak import run_soak

            with output.percent_bar("Recording") as show:
                report = run_soak(Path(scratch), soak, progress=lambda share: show("", share))
            figures = {"soak": {**asdict(report), "complete": report.complete}}
    if as_json:
        output.answer(figures)
    else:
        rows = [(name, value, _GOALS.get(name, "")) for name, value in _flat(figures)]
        output.show_table(("Figure", ">Value", "Goal"), rows)
    if soak is not None and not figures["soak"]["complete"]:
        raise typer.Exit(1)


def _flat(figures: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{name}.")
        else:
            rows.append((prefix + name, str(value)))
    return rows
