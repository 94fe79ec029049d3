"""Measurements on this machine: ``kiosk bench``."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from kiosk.cli import output
from kiosk.cli.options import Json
from kiosk.core.errors import InvalidInput

_GOALS = {
    "end_point_to_verdict.verdict.p95_ms": "≤ 50",
    "gui_gap.encoding.p99_ms": "≤ 20",
    "startup.window_s": "< 1",
    "overhead.api_over_encode": "≤ 0.1",
    "load.errors": "0",
    "tables.worst.own_ms": "≤ 50",
}
_SECONDS = 60.0
_CLIENTS = 8


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
        float | None,
        typer.Option(min=1.0, max=3_600.0, help="With --api: how long they verify; 60 by default."),
    ] = None,
    clients: Annotated[
        int | None,
        typer.Option(min=1, max=100, help="With --api: how many there are; 8 by default."),
    ] = None,
    tables: Annotated[
        bool,
        typer.Option(
            "--tables", help="Only measure the window over 10,000 people and 100,000 records."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure start-up, encoding, latency, stalls of the window and memory, in one run.

    Synthetic voices speak through a virtual microphone; the figures are of this machine.

    With --api, 'overhead' is of one client at a time. Each round times the same recording over
    HTTP, without HTTP, and in the voice model alone: 'api_over_encode' is the median of the rounds'
    differences of the first two, over the median of the model; 'all_over_encode' the same of the
    first and the third. They are no differences of the medians shown beside them.

    'tables' has the longest time between two turns of the window's event loop, by what an operator
    does: as it was, without the time in which other work had all cores, and what the window's own
    thread computed in it.
    """
    _refuse_alone(api, seconds=seconds, clients=clients)
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as scratch:
        if api:
            from kiosk.bench.api.speed import measure_api

            with output.waiting("The HTTP service") as tell:
                measured = measure_api(
                    Path(scratch) / "data",
                    seconds=_SECONDS if seconds is None else seconds,
                    clients=_CLIENTS if clients is None else clients,
                    tell=tell,
                )
            figures = asdict(measured)
        elif tables:
            from kiosk.bench.runner import run_tables_alone

            figures = run_tables_alone(Path(scratch))
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


def _refuse_alone(api: bool, **options: float | None) -> None:
    """Refuse options of ``--api`` without it: whoever gives one expects it to do something.

    Raises:
        InvalidInput: one of them was given.
    """
    given = [f"--{name}" for name, value in options.items() if value is not None]
    if given and not api:
        raise InvalidInput(
            f"{' and '.join(given)} {'goes' if len(given) == 1 else 'go'} with --api only.",
            hint="Add --api, or leave it out.",
        )


def _flat(figures: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{name}.")
        else:
            rows.append((prefix + name, str(value)))
    return rows
