"""Homes of people who run the program: folders of data, configuration, cache and state.

Nothing else is set: what tests see is what comes by default.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_KINDS = ("CONFIG", "DATA", "CACHE", "STATE")


def variables(home: Path) -> dict[str, str]:
    """Return the environment of who lives there."""
    return {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in _KINDS}


def data_of(home: Path) -> Path:
    """Return the data folder that is used there by default."""
    return home / "data" / "voice-kiosk"


@contextmanager
def living_in(home: Path) -> Iterator[Path]:
    """Live there for a while, and return the data folder."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in variables(home).items():
            patched.setenv(name, value)
        yield data_of(home)


def move_in(prepared: Path, data: Path) -> None:
    """Copy the data folder of another home, and the configuration with the keys, as people do.

    Args:
        prepared: what :func:`data_of` returned for the other home.
        data: the data folder here, which is not there yet.
    """
    # The reserve for a full disk is nothing to keep, and larger than some disks of tests.
    shutil.copytree(prepared, data, ignore=shutil.ignore_patterns("*.reserve"))
    config = prepared.parents[1] / "config"
    shutil.copytree(config, os.environ["XDG_CONFIG_HOME"], dirs_exist_ok=True)
