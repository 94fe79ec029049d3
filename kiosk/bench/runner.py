"""Runs all measurements on one stage, in one run."""

from __future__ import annotations

import os
import platform
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kiosk.core.accounts.acting import acting_as
from kiosk.core.accounts.roles import Action, program
from kiosk.demo import voices
from kiosk.demo.job import ALICE, Demo
from kiosk.demo.perform import ended_in_order, open_desktop, tell
from kiosk.demo.stage import stage
from kiosk.demo.virtual_audio import VirtualMicrophone

if TYPE_CHECKING:
    from pathlib import Path


_PEOPLE = (2_000, 100_000)


def run_bench(scratch: Path, *, utterances: int = 50, starts: int = 3) -> dict[str, Any]:
    """Measure start-up, latency, stalls of the window, encoding and memory.

    Args:
        scratch: for pictures when something goes wrong.
        utterances: how many verdicts are timed, and as many encodings, up to 40.
        starts: how many times the desktop is started.

    Raises:
        KioskError: the stage cannot be set, or a measurement failed.
    """
    figures: dict[str, Any] = {"machine": _machine()}
    with stage() as place:
        voice = place.voice
        assert isinstance(voice, VirtualMicrophone), "no real microphone was asked for"
        tell(f"Start-up, {starts} times, against the imports alone")
        # Before this process has loaded anything, so that nothing competes with the starts.
        from kiosk.bench.startup import measure_startup

        figures["startup"] = asdict(measure_startup(starts))
        with open_desktop(place) as (kiosk, application), ExitStack() as signals:
            from kiosk.bench.encoding import measure_campplus, measure_encoding
            from kiosk.bench.interactive import measure_gaps, measure_latency
            from kiosk.bench.searching import measure_search
            from kiosk.bench.verifying import measure_verification

            demo = Demo(place, kiosk, application, scratch, tell)
            signals.enter_context(ended_in_order(demo.robot))
            demo.prepare(ALICE)
            robot, ui = demo.robot, application.shell.ui
            # The Speak screen stays up: the waveform moves while everything is measured.
            demo.claim(ALICE)
            tell("Stalls of the window, idle and while encoding")
            clip = voices.speak(ALICE.voice, voices.SENTENCES[0])
            figures["gui_gap"] = asdict(measure_gaps(ui, robot, clip))
            tell(f"From end-point to verdict, {utterances} utterances")
            texts = [voices.SENTENCES[i % len(voices.SENTENCES)] for i in range(utterances)]
            spoken = [voices.speak(ALICE.voice, text) for text in texts]
            figures["end_point_to_verdict"] = asdict(
                measure_latency(ui, robot, voice, ALICE.user_id, spoken)
            )
            tell("Encoding against SpeechBrain's own classifier")
            rounds = min(utterances, 40)
            figures["encode"] = asdict(measure_encoding(kiosk.engine, rounds=rounds))
            figures["encode_campplus"] = asdict(measure_campplus(rounds=rounds))
            figures["model_id"] = kiosk.engine.card.model_id
            tell("A verification as the service makes it")
            with acting_as(program("bench", frozenset({Action.VERIFY}))):
                figures["verification"] = asdict(
                    measure_verification(kiosk, ALICE.user_id, spoken[0])
                )
            tell("Finding a voice among many")
            figures["search"] = {
                str(people): asdict(measure_search(kiosk.engine, people)) for people in _PEOPLE
            }
        from kiosk.bench.tables import run_tables

        tell("The window over many people and records")
        figures["tables"] = asdict(run_tables(place, scratch))
    return figures


def run_tables_alone(scratch: Path) -> dict[str, Any]:
    """Measure only how long the window keeps somebody waiting over many people and records.

    Raises:
        KioskError: see :func:`run_bench`.
    """
    with stage() as place:
        from kiosk.bench.tables import run_tables

        return {"machine": _machine(), "tables": asdict(run_tables(place, scratch))}


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }
