from __future__ import annotations

from pathlib import Path

from kiosk.uptime import SystemUptime


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
