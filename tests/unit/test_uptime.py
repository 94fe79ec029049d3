from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.uptime import SystemUptime

if TYPE_CHECKING:
    import pytest


def test_it_only_grows() -> None:
    uptime = SystemUptime()
    first = uptime.seconds()
    assert 0 < first <= uptime.seconds()


def test_the_run_of_the_machine_is_the_same_for_every_process_on_it() -> None:
    kernel = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert SystemUptime().boot() == SystemUptime().boot() == kernel


def test_where_the_kernel_does_not_tell_each_program_is_a_run_of_its_own(tmp_path: Path) -> None:
    one, other = (SystemUptime(tmp_path / "missing") for _ in range(2))
    assert one.boot() == one.boot() != other.boot()
    assert 0 < len(one.boot()) <= 64


def test_it_counts_where_the_clocks_of_posix_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    # As on Windows, which has none of them.
    for name in [name for name in vars(time) if name.startswith(("CLOCK_", "clock_"))]:
        monkeypatch.delattr(time, name)
    uptime = SystemUptime()
    first = uptime.seconds()
    assert 0 < first <= uptime.seconds()
