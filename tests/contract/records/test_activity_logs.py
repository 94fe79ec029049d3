"""What every activity log does: the real one and the one of unit tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.logs import FileActivityLog
from tests.fakes.records.activity import FakeActivityLog

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.core.ports import ActivityLog


def test_lines_are_kept_in_order(tmp_path: Path) -> None:
    fake, real = FakeActivityLog(), FileActivityLog(tmp_path)
    logs: list[ActivityLog] = [fake, real]
    for log in logs:
        log.write("Enrolled test1")
        log.write("Removed test1")
    written = [
        line[24:]
        for file in sorted(tmp_path.iterdir())
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    assert written == fake.lines == ["Enrolled test1", "Removed test1"]
