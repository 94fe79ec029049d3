from __future__ import annotations

import io
import logging
import os
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.hearing.audio import AudioClip
from kiosk.core.voice.embedding import Embedding, Voiceprint
from kiosk.logs import DailyFile, FileActivityLog, configure, one_line, redacted
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kiosk.core.ports import ActivityLog

ZONE = timezone(timedelta(hours=2))
MORNING = datetime(2021, 8, 24, 6, 35, 59, 278_999, tzinfo=ZONE)


class Clock:
    def __init__(self, now: datetime = MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def system(tmp_path: Path, clock: Clock) -> Iterator[tuple[logging.Logger, Path]]:
    """Return a logger of the program and the file of the day."""
    undo = configure(tmp_path / "logs", "DEBUG", clock=clock)
    yield logging.getLogger("kiosk.test"), tmp_path / "logs" / "system-2021-08-24.log"
    undo()


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


# --- activity --------------------------------------------------------------------------------


def test_activity_lines_are_exact(tmp_path: Path, clock: Clock) -> None:
    log: ActivityLog = FileActivityLog(tmp_path, clock=clock)
    log.write("Enrolled test1")
    log.write("Removed Лавлейс")
    assert (tmp_path / "activity-2021-08-24.log").read_bytes() == (
        "2021-08-24 06:35:59,278 Enrolled test1\n2021-08-24 06:35:59,278 Removed Лавлейс\n"
    ).encode()


@pytest.mark.parametrize(
    "ending", ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
)
def test_a_text_cannot_forge_a_line(tmp_path: Path, clock: Clock, ending: str) -> None:
    FileActivityLog(tmp_path, clock=clock).write(f"Enrolled a{ending}2021-08-24 07:00:00,000 b")
    (line,) = lines(tmp_path / "activity-2021-08-24.log")
    assert line.startswith("2021-08-24 06:35:59,278 Enrolled a\\")
    assert line.endswith("2021-08-24 07:00:00,000 b")


def test_terminal_escapes_and_direction_marks_are_shown() -> None:
    assert one_line("a\x1b[2Jb\u202ec\udc80") == "a\\x1b[2Jb\\u202ec\\udc80"
    assert one_line("Zoë 中文 é") == "Zoë 中文 é"


def test_the_files_are_private(tmp_path: Path, clock: Clock) -> None:
    folder = tmp_path / "new" / "logs"
    FileActivityLog(folder, clock=clock).write("Enrolled test1")
    assert stat.S_IMODE((folder / "activity-2021-08-24.log").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_midnight_begins_a_new_file(tmp_path: Path, clock: Clock) -> None:
    log = FileActivityLog(tmp_path, clock=clock)
    clock.now = datetime(2021, 8, 24, 23, 59, 59, 999_999, tzinfo=ZONE)
    log.write("late")
    clock.now += timedelta(microseconds=1)
    log.write("early")
    assert lines(tmp_path / "activity-2021-08-24.log") == ["2021-08-24 23:59:59,999 late"]
    assert lines(tmp_path / "activity-2021-08-25.log") == ["2021-08-25 00:00:00,000 early"]


def test_old_files_are_deleted_and_others_left(tmp_path: Path, clock: Clock) -> None:
    log = FileActivityLog(tmp_path, keep_days=2, clock=clock)
    for name in ("system-2000-01-01.log", "activity-notes.log", "activity-2000-01-01.log.bak"):
        (tmp_path / name).touch()
    for _ in range(5):
        log.write("here")
        clock.now += timedelta(days=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "activity-2000-01-01.log.bak",
        "activity-2021-08-26.log",
        "activity-2021-08-27.log",
        "activity-2021-08-28.log",
        "activity-notes.log",
        "system-2000-01-01.log",
    ]


def test_lines_of_many_threads_stay_whole(tmp_path: Path, clock: Clock) -> None:
    log = FileActivityLog(tmp_path, clock=clock)

    def write(name: int) -> None:
        for number in range(50):
            log.write(f"{name} {number} " + "x" * 200)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = lines(tmp_path / "activity-2021-08-24.log")
    assert sorted(written) == sorted(
        f"2021-08-24 06:35:59,278 {name} {number} " + "x" * 200
        for name in range(4)
        for number in range(50)
    )


# --- failures --------------------------------------------------------------------------------


def test_a_log_that_cannot_be_written_is_told_once_and_comes_back(
    tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "logs"
    folder.touch()  # a file is where the folder should be
    log = FileActivityLog(folder, clock=clock)
    log.write("lost")
    log.write("lost too")
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert str(folder) in told
    folder.unlink()
    log.write("kept")
    assert lines(folder / "activity-2021-08-24.log") == ["2021-08-24 06:35:59,278 kept"]


def test_without_log_and_without_stderr_the_program_goes_on(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logs").touch()
    reader, writer = os.pipe()
    os.close(reader)
    closed = io.StringIO()
    closed.close()
    with open(writer, "w", buffering=1) as broken:  # noqa: PTH123 - a pipe has no path
        for stderr in (broken, closed):
            monkeypatch.setattr(sys, "stderr", stderr)
            FileActivityLog(tmp_path / "logs", clock=clock).write("lost")
        with suppress(BrokenPipeError):
            broken.close()


def test_a_full_disk_does_not_stop_the_program(tmp_path: Path) -> None:
    # The limit of file sizes stands for the disk: the kernel cuts the write and then refuses.
    script = f"""
import logging, resource, signal
from pathlib import Path
from kiosk.logs import FileActivityLog, configure
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 400))
folder = Path({str(tmp_path)!r})
configure(folder)
activity = FileActivityLog(folder)
for number in range(10):
    activity.write(f"line {{number}}")
    logging.getLogger("kiosk").error("line %d", number)
resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))
activity.write("free again")
print("alive")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    assert done.stdout == "alive\n"
    assert done.stderr.count("cannot be written") == 2  # once for each log
    assert "Traceback" not in done.stderr
    (activity,) = tmp_path.glob("activity-*.log")
    written = lines(activity)
    assert [line[24:] for line in written[:3]] == ["line 0", "line 1", "line 2"]
    assert written[-1][24:] == "free again"  # on a line of its own


# --- the log of the program ------------------------------------------------------------------


@pytest.mark.expects_log
def test_records_are_written_as_lines(system: tuple[logging.Logger, Path]) -> None:
    logger, path = system
    logger.info("Took %.2f s for %s", 0.5, "test1")
    logger.warning("100 %")
    assert lines(path) == [
        "2021-08-24 06:35:59,278 INFO kiosk.test: Took 0.50 s for test1",
        "2021-08-24 06:35:59,278 WARNING kiosk.test: 100 %",
    ]


@pytest.mark.expects_log
def test_tracebacks_are_indented_below_their_entry(system: tuple[logging.Logger, Path]) -> None:
    def fail() -> None:
        raise ValueError("first\n2021-08-24 07:00:00,000 ERROR forged: second")

    logger, path = system
    try:
        fail()
    except ValueError:
        logger.exception("Failed\nagain")
    first, *more = lines(path)
    assert first == "2021-08-24 06:35:59,278 ERROR kiosk.test: Failed\\nagain"
    assert any("ValueError: first" in line for line in more)
    assert all(line.startswith("    ") for line in more)


def test_the_level_is_obeyed_and_everything_undone(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    undo = configure(tmp_path, "ERROR", console=True)
    logging.getLogger("kiosk.test").info("not written")
    undo()
    assert (root.level, list(root.handlers)) == before
    assert list(tmp_path.iterdir()) == []


def test_the_console_shows_the_same_without_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    undo = configure(tmp_path, console=True)
    logging.getLogger("kiosk.test").info("Clip %s", np.zeros(3, np.float32))
    undo()
    assert capsys.readouterr().err == "INFO kiosk.test: Clip <ndarray float32 (3,)>\n"


def test_a_defective_message_does_not_raise(
    system: tuple[logging.Logger, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    logger, path = system
    monkeypatch.setattr(logging, "raiseExceptions", False)
    handler = next(h for h in logging.getLogger().handlers if isinstance(h, DailyFile))
    handler.handle(logging.LogRecord("kiosk", logging.INFO, "", 0, "%d", ("text",), None))
    logger.info("going on")
    assert lines(path) == ["2021-08-24 06:35:59,278 INFO kiosk.test: going on"]


# --- redaction -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    samples: object
    cursor: int


SECRET = np.array([0.123456, 0.5, 0.25], dtype=np.float32)


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        SECRET.tobytes(),
        bytearray(SECRET.tobytes()),
        memoryview(SECRET.tobytes()),
        [SECRET],
        (1, {"samples": SECRET}),
        {"deep": [[[[[SECRET]]]]]},
        AudioClip(SECRET),
        Embedding.of(SECRET, "m"),
        Voiceprint((Embedding.of(SECRET, "m"),)),
        Block(SECRET, 3),
        Block(Block(SECRET.tobytes(), 1), 3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_biometric_data_is_never_written(
    system: tuple[logging.Logger, Path], value: object
) -> None:
    logger, path = system
    logger.info("Got %s and %r", value, value)
    logger.info("Got %(one)s", {"one": value})
    logger.info(value)
    text = path.read_text()
    assert len(lines(path)) == 3
    for secret in ("0.123", "0.215", repr(SECRET.tobytes())[2:10]):
        assert secret not in text


def test_redaction_says_what_was_there() -> None:
    assert str(redacted(SECRET)) == "<ndarray float32 (3,)>"
    assert str(redacted(b"12345")) == "<5 bytes>"
    assert str(redacted(Block(SECRET, 3))) == "Block(samples=<ndarray float32 (3,)>, cursor=3)"
    assert str(redacted([SECRET, 1])) == "[<ndarray float32 (3,)>, 1]"


@pytest.mark.parametrize("value", [None, True, 3, 0.5, "text", np.float32(0.5), ValueError("x")])
def test_harmless_values_stay_themselves(value: object) -> None:
    assert redacted(value) is value
