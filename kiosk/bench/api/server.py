"""A real service in a process of its own, for measurements: ``kiosk serve`` on a free port."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kiosk.core.errors import Defect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_ANNOUNCED = "Listening on "
_START_S = 120.0
_END_S = 120.0
# All clients of a measurement have one address, and are meant to be many.
_LIMITS = {"RATE_PER_MINUTE": "1000000", "BURST": "1000000", "MAX_STREAMS": "100000"}


@contextmanager
def served(data_dir: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Start ``kiosk serve --seed-compat``, yield its address, and end it in order.

    Args:
        data_dir: its data folder; created when it is missing.
        settings: environment variables such as ``KIOSK_API__STREAMS``.

    Raises:
        Defect: it did not start, or did not end in order.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith("KIOSK_")}
    environment["KIOSK_SITE_CONFIG"] = os.devnull
    environment |= {f"KIOSK_API__{name}": value for name, value in _LIMITS.items()}
    # Not into the configuration of whoever measures: the key goes with the data.
    environment |= {"KIOSK_KEYS__PLACE": "file", "KIOSK_KEYS__FILE": str(key_file(data_dir))}
    environment |= settings or {}
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "kiosk", "--data-dir", str(data_dir)),
            *("serve", "--port", "0", "--seed-compat"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    giving_up = threading.Timer(_START_S, process.kill)
    giving_up.start()
    try:
        address = _address(process)
        giving_up.cancel()
        yield address
        process.terminate()
        _, said = process.communicate(timeout=_END_S)
        if process.returncode not in {0, 143, -15}:
            raise Defect("The service did not end in order.", hint=said.strip()[-300:])
    finally:
        giving_up.cancel()
        process.kill()
        process.communicate()


def key_file(data_dir: Path) -> Path:
    """Return where the keys of a measurement lie."""
    return data_dir.parent / "keys" / "bench.key"


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith(_ANNOUNCED):
        process.kill()
        _, said = process.communicate()
        raise Defect("The service did not start.", hint=said.strip()[-300:])
    return line.removeprefix(_ANNOUNCED).partition(";")[0].strip()
