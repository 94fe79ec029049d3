"""Time to the first window and to readiness, against importing the same libraries alone."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass

from kiosk.core.errors import Defect

_TIMEOUT_S = 180


@dataclass(frozen=True)
class StartupFigures:
    """Medians over several starts, in seconds, and the peak memory in MB.

    Attributes:
        window_s: process start to the first exposed window.
        ready_s: process start to the welcome screen that takes people.
        imports_s: process start to end of one that only imports torch and speechbrain.
        ready_ratio: ``ready_s`` over ``imports_s``.
        peak_mb: peak resident memory of the desktop.
    """

    window_s: float
    ready_s: float
    imports_s: float
    ready_ratio: float
    peak_mb: float
    starts: int


def measure_startup(starts: int = 3) -> StartupFigures:
    """Start the desktop and the bare imports in turns, each in a process of its own.

    The environment must name a display, a microphone and a data folder.

    Raises:
        Defect: the desktop did not become ready.
    """
    windows, readies, imports, peaks = [], [], [], []
    for _ in range(starts):
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "kiosk.bench.probe"],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        if done.returncode != 0:
            raise Defect("The desktop did not become ready.", hint=done.stderr.strip()[-300:])
        moments = json.loads(done.stdout.splitlines()[-1])
        windows.append(moments["window"] - begun)
        readies.append(moments["ready"] - begun)
        peaks.append(moments["peak_mb"])
        begun = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "kiosk.bench.imports"], check=True, timeout=_TIMEOUT_S
        )
        imports.append(time.monotonic() - begun)
    ready, imported = _median(readies), _median(imports)
    return StartupFigures(
        window_s=round(_median(windows), 3),
        ready_s=round(ready, 3),
        imports_s=round(imported, 3),
        ready_ratio=round(ready / imported, 3),
        peak_mb=round(max(peaks), 1),
        starts=starts,
    )


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
