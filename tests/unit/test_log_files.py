"""Who was erased is named in no log file any more."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from kiosk.logs import FileActivityLog, FileRequestLog, LogFiles, configure

if TYPE_CHECKING:
    from pathlib import Path

MORNING = datetime(2021, 8, 24, 6, 35, 59, 278_999, tzinfo=timezone(timedelta(hours=2)))


class Clock:
    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def activity_in(folder: Path) -> list[str]:
    (file,) = folder.glob("activity-*.log")
    return [line[24:] for line in lines(file)]


def test_an_erased_id_is_overwritten_in_place(tmp_path: Path, clock: Clock) -> None:
    log = FileActivityLog(tmp_path, clock=clock)
    for line in (
        "Enrolled anna",
        "Verified anna (result: True, score: 0.7)",
        "The voice of bob is like that of anna (0.61), anna.b: twins",
        "Verified anna-maria (result: True, score: 0.7)",
        "Verified x@anna (result: True, score: 0.7)",
        "Verified Ranna (result: True, score: 0.7), asked by anna.",
    ):
        log.write(line)
    (file,) = tmp_path.iterdir()
    before = file.stat()
    assert LogFiles(tmp_path).overwrite(["anna"])
    assert activity_in(tmp_path) == [
        "Enrolled ****",
        "Verified **** (result: True, score: 0.7)",
        "The voice of bob is like that of **** (0.61), anna.b: twins",
        "Verified anna-maria (result: True, score: 0.7)",
        "Verified x@anna (result: True, score: 0.7)",
        "Verified Ranna (result: True, score: 0.7), asked by ****.",
    ]
    after = file.stat()
    assert (after.st_ino, after.st_size, after.st_mode) == (
        before.st_ino,
        before.st_size,
        before.st_mode,
    )


def test_ids_in_any_script_go_and_times_stay(tmp_path: Path, clock: Clock) -> None:
    log = FileActivityLog(tmp_path, clock=clock)
    for user_id in ("06", "2021", "Zoë", "Лавлейс", "Zoëa"):
        log.write(f"Verified {user_id} (result: True)")
    assert LogFiles(tmp_path).overwrite(["06", "2021", "Zoë", "Лавлейс"])
    stars = [line.split()[1] for line in activity_in(tmp_path)]
    # One for each byte: nothing moves.
    assert stars == ["**", "****", "****", "*" * 14, "Zoëa"]
    (file,) = tmp_path.iterdir()
    assert all(line.startswith("2021-08-24 06:35:59,278 ") for line in lines(file))


def test_every_log_of_every_day_is_looked_through(tmp_path: Path, clock: Clock) -> None:
    FileActivityLog(tmp_path, clock=clock).write("Enrolled Zoë")
    clock.now += timedelta(days=1)
    FileActivityLog(tmp_path, clock=clock).write("Verified Zoë")
    # Of an earlier version, which kept addresses as they were sent.
    FileRequestLog(tmp_path, clock=clock).write('"GET /vv/verify/Zo%C3%AB HTTP/1.1" 200 1')
    undo = configure(tmp_path, clock=clock)
    logging.getLogger("kiosk.test").info("nothing is known of %s", "Zoë")
    undo()
    (tmp_path / "activity-2021-08-26.log").touch()
    (tmp_path / "other.txt").write_text("Zoë", "utf-8")
    assert LogFiles(tmp_path).overwrite(["Zoë"])
    found = {path.name for path in tmp_path.iterdir() if "Zo" in path.read_text("utf-8")}
    assert found == {"other.txt"}
    assert LogFiles(tmp_path / "missing").overwrite(["Zoë"])


def test_a_line_that_is_written_meanwhile_is_kept(tmp_path: Path, clock: Clock) -> None:
    log = FileActivityLog(tmp_path, clock=clock)
    log.write("Enrolled anna")
    written = threading.Event()

    def write() -> None:
        for number in range(2_000):
            log.write(f"Verified bob{number}")
        written.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not written.is_set():
        assert LogFiles(tmp_path).overwrite(["anna", "bob1"])
    writer.join()
    assert LogFiles(tmp_path).overwrite(["anna", "bob1"])
    kept = activity_in(tmp_path)
    assert len(kept) == 2_001
    assert kept[:4] == ["Enrolled ****", "Verified bob0", "Verified ****", "Verified bob2"]


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path, clock: Clock) -> None:
    FileActivityLog(tmp_path, clock=clock).write("Enrolled anna")
    (tmp_path / "system-2021-08-24.log").mkdir()
    assert not LogFiles(tmp_path).overwrite(["anna"])
    assert activity_in(tmp_path) == ["Enrolled ****"]
