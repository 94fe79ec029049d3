"""A whole kiosk on a data folder, without its voice model."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from kiosk.bootstrap import build
from kiosk.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kiosk.services.facade import Kiosk


@contextmanager
def kiosk_in(folder: Path, *, until: str = "audit") -> Iterator[Kiosk]:
    """Start a kiosk as far as the named task."""
    with build(load_settings(folder)) as kiosk:
        kiosk.startup.run(until=until)
        yield kiosk
