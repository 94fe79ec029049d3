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
    "overhead.api_over_encode": "≤ 0.1",
    "load.errors": "0",
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
    api: Annotated[
        bool, typer.Option("--api", help="Only measure the HTTP service, with many clients.")
    ] = False,
    seconds: Annotated[
        float, typer.Option(min=1.0, max=3_600.0, help="With --api: how long they verify.")
    ] = 60.0,
    clients: Annotated[
        int, typer.Option(min=1, max=100, help="With --api: how many there are.")
    ] = 8,
    as_json: Json = False,
) -> None:
    """Measure start-up, encoding, latency, stalls of the window and memory, in one run.

    Synthetic voices speak through a virtual microphone; the figures are of this machine.
    """
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as scratch:
        if api:
            from kiosk.bench.api import measure_api

            with output.waiting("The HTTP service") as tell:
                measured = measure_api(
                    Path(scratch) / "data", seconds=seconds, clients=clients, tell=tell
                )
            figures = asdict(measured)
        elif soak is None:
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
