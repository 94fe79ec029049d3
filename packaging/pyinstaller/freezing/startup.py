"""Start-up of the frozen program against the source tree: ``python -m freezing.startup PROGRAM``.

Both open the window on the same private screen and microphone, in turns, each with an empty data
folder; what is told are medians. Needs the development environment, for the stage and the source.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from kiosk.demo.stage import stage

_STARTS = 5
_TIMEOUT_S = 180
_PROBE = ("-m", "kiosk.bench.probe")


def measure(interpreter: str, data: Path) -> dict[str, float]:
    """Start the desktop once and return when its window was there and when it was ready.

    Args:
        interpreter: Python, or the frozen program.
        data: its data folder.

    Returns:
        ``window`` and ``ready`` in seconds since the process was started; ``cpu``, what it computed
        in all, in seconds; ``peak_mb`` in MB.
    """
    keys = {"KIOSK_KEYS__FILE": str(data.with_suffix(".key"))}
    before = os.times()
    begun = time.monotonic()
    done = subprocess.run(
        [interpreter, *_PROBE],
        env=os.environ | keys | {"KIOSK_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
    )
    if done.returncode != 0:
        sys.exit(f"voice-kiosk: {interpreter} did not get ready: {done.stderr.strip()[-500:]}")
    moments = json.loads(done.stdout.splitlines()[-1])
    after = os.times()
    return {
        "cpu": after.children_user
        + after.children_system
        - before.children_user
        - before.children_system,
        "window": moments["window"] - begun,
        "ready": moments["ready"] - begun,
        "peak_mb": moments["peak_mb"],
    }


def main() -> int:
    """Measure both and print one table."""
    if len(sys.argv) not in {2, 3} or not (Path(sys.argv[1]) / "kiosk").is_file():
        sys.stderr.write("voice-kiosk: name the folder of the frozen program, and how often.\n")
        return 2
    starts = int(sys.argv[2]) if len(sys.argv) == 3 else _STARTS
    programs = {"frozen": str(Path(sys.argv[1]).resolve() / "kiosk"), "source": sys.executable}
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in programs}
    with stage() as place:
        for turn in range(starts + 1):
            for name, interpreter in programs.items():
                moments = measure(interpreter, place.data_dir.parent / f"{name}-{turn}")
                if turn:  # the first one reads the disk
                    taken[name].append(moments)
    print("| | first window | ready | CPU time | peak memory |\n|---|---|---|---|---|")
    for name, all_moments in taken.items():
        middle = {
            what: statistics.median(moments[what] for moments in all_moments)
            for what in ("window", "ready", "cpu", "peak_mb")
        }
        print(
            f"| {name} | {middle['window']:.2f} s | {middle['ready']:.2f} s "
            f"| {middle['cpu']:.2f} s | {middle['peak_mb']:.0f} MB |"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
