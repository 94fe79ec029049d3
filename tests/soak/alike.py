"""Whether the time of a try tells if anybody has the ID: many tries, on the disk.

    python -m tests.soak.alike [TRIES]

Ends with 1 when known and unknown IDs differ at p < 0.01, twice in a row, or when it would not
have noticed a tenth more.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.support.timing import differs, measured_in


def main() -> int:
    """Measure as often as the command line says."""
    tries = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory(prefix="kiosk-alike-") as scratch:
        rounds = [measured_in(Path(scratch), tries, seed) for seed in (1, 2)]
    for found in rounds:
        for name, times in (("wall", found.wall), ("work", found.work)):
            print(
                json.dumps(
                    {
                        "clock": name,
                        "tries": tries,
                        "known_ms": round(float(np.median(times.known)) * 1e3, 3),
                        "unknown_ms": round(float(np.median(times.unknown)) * 1e3, 3),
                        "p": times.p,
                        "p_if_10_percent_slower": times.slower(0.1).p,
                    }
                )
            )
    blind = any(found.work.slower(0.1).p >= 0.01 for found in rounds)
    return int(blind or all(differs(found) for found in rounds))


if __name__ == "__main__":
    sys.exit(main())
