"""What 'kiosk doctor' tells of the machine, and what it keeps to itself."""

from __future__ import annotations

import logging
import os
import socket
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from kiosk import logs
from kiosk.cli.diagnosis import clock, machine, permission, places, program, screen, service
from kiosk.cli.diagnosis.report import without_passwords
from kiosk.cli.diagnosis.sections import gathered
from kiosk.cli.diagnosis.troubles import Trouble, troubles
from kiosk.core.errors import DatabaseLocked
from kiosk.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


# --- the last errors of the log ---------------------------------------------------------------


@pytest.fixture
def log(tmp_path: Path) -> Iterator[logging.Logger]:
    undo = logs.configure(tmp_path / "logs", clock=lambda: NOW)
    yield logging.getLogger("kiosk.services.somewhere")
    undo()


def fail_about(user: str) -> None:
    raise DatabaseLocked(f"{user} is being enrolled.\n    {user}.kiosk.Error: nothing")


@pytest.mark.expects_log
def test_an_error_is_told_without_a_word_that_could_name_somebody(
    tmp_path: Path, log: logging.Logger
) -> None:
    log.info("verifying anna")
    log.warning("DB-003 anna cannot be stored")
    try:
        fail_about("anna")
    except DatabaseLocked:
        log.exception("incident 0123abcd while anna spoke")
    found = troubles(tmp_path / "logs")
    assert [(each.level, each.where, each.codes) for each in found] == [
        ("WARNING", "kiosk.services.somewhere", "DB-003"),
        ("ERROR", "kiosk.services.somewhere", "incident 0123abcd"),
    ]
    assert found[0].time == "2026-11-23 12:00:00"
    assert found[0].raised == ""
    where, _, line = found[1].raised.partition(" at test_diagnosis.py:")
    assert where == "DatabaseLocked"
    assert line.endswith(" in fail_about")
    assert "anna" not in repr(found)


@pytest.mark.expects_log
def test_only_the_last_errors_of_all_days_are_told(tmp_path: Path) -> None:
    for day in range(3):
        undo = logs.configure(tmp_path, clock=partial(NOW.__add__, timedelta(days=day)))
        for number in range(6):
            logging.getLogger("kiosk").warning("DB-%03d", 10 * day + number)
        undo()
    found = troubles(tmp_path, limit=10)
    assert [each.codes for each in found] == [
        *(f"DB-{number:03d}" for number in (12, 13, 14, 15)),
        *(f"DB-{number:03d}" for number in range(20, 26)),
    ]
    assert found[-1].time.startswith("2026-11-25")


def test_without_a_log_there_are_no_errors(tmp_path: Path) -> None:
    assert troubles(tmp_path / "missing") == []
    (tmp_path / "system-2026-11-23.log").write_bytes(b"\xff\x00 no log\n" * 10)
    assert troubles(tmp_path) == []


def test_a_very_long_log_is_read_from_its_end(tmp_path: Path) -> None:
    line = "2026-11-23 12:00:00,000 ERROR kiosk.x: DB-00%d and so on\n"
    early, late = line % 1, line % 2
    with (tmp_path / "system-2026-11-23.log").open("w", encoding="utf-8") as file:
        file.write(early)
        file.write("2026-11-23 12:00:00,000 INFO kiosk.x: nothing\n" * 40_000)
        file.write(late)
    expected = Trouble("2026-11-23 12:00:00", "ERROR", "kiosk.x", "DB-002", "")
    assert troubles(tmp_path) == [expected]


# --- clock, paths -----------------------------------------------------------------------------


def test_a_clock_that_was_set_back_is_found_out(tmp_path: Path) -> None:
    database = tmp_path / "kiosk.db"
    assert clock.finding(database, NOW).ok
    database.write_bytes(b"")
    os.utime(database, (NOW.timestamp(), NOW.timestamp()))
    assert clock.finding(database, NOW + timedelta(days=400)).ok
    assert clock.finding(database, NOW - timedelta(minutes=1)).ok
    back = clock.finding(database, NOW - timedelta(hours=2))
    assert not back.ok
    assert "2026-11-23T12:00:00+00:00" in back.detail
    assert "clock" in back.hint
    assert dict(clock.facts(database))["set by a time server"] in {"yes", "no", "not told"}


def test_what_others_may_read_is_found_out(data_dir: Path) -> None:
    settings = load_settings(data_dir)
    assert places.finding(settings).ok  # nothing is there yet
    settings.logs_dir.mkdir(parents=True)
    for folder in (data_dir, settings.logs_dir):
        folder.chmod(0o700)
    settings.database_file.touch(0o600)
    assert places.finding(settings).ok
    settings.database_file.chmod(0o640)
    settings.logs_dir.chmod(0o755)
    found = places.finding(settings)
    assert not found.ok
    assert "database (0640), logs (0755)" in found.detail
    assert f"chmod go= '{settings.database_file}' '{settings.logs_dir}'" in found.hint


def test_paths_are_told_with_what_is_known_of_them(data_dir: Path) -> None:
    data_dir.mkdir(parents=True, mode=0o700)
    told = dict(places.facts(load_settings(data_dir)))
    assert told["data"].startswith(f"{data_dir}: mode 0700, can be written; ")
    assert told["database"].startswith(f"{data_dir / 'kiosk.db'}: not there; ")
    assert all(value.endswith(" MB free") for value in told.values())


# --- screen, sound, service -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "system", "plugin"),
    [
        ({"QT_QPA_PLATFORM": "offscreen", "DISPLAY": ":0"}, "linux", "offscreen"),
        ({"DISPLAY": ":0"}, "linux", "xcb"),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "linux", "wayland, or else xcb"),
        ({}, "linux", "none: there is no screen"),
        ({}, "win32", "windows"),
        ({}, "darwin", "cocoa"),
    ],
)
def test_which_screen_qt_would_take(environment: dict[str, str], system: str, plugin: str) -> None:
    assert screen.chosen(environment, system) == plugin


def test_every_library_that_is_missing_is_told() -> None:
    told = (
        "\tlinux-vdso.so.1 (0x00007ffd)\n"
        "\tlibxcb-cursor.so.0 => not found\n"
        "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n"
        "\tlibxkbcommon.so.0 => not found\n"
        "\tlibxcb-cursor.so.0 => not found\n"
    )
    assert screen.missing_libraries(told) == ["libxcb-cursor.so.0", "libxkbcommon.so.0"]


def test_whether_something_listens() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        assert service.answering("127.0.0.1", port) == "something listens"
        assert service.answering("0.0.0.0", port) == "something listens"
    assert service.answering("127.0.0.1", port) == "nothing listens"
    assert service.answering("127.0.0.1", 0) == "any free port: not told"


@pytest.mark.parametrize(
    ("denied", "words"),
    [
        ([], "programs may use the microphone"),
        ([("HKEY_LOCAL_MACHINE", "microphone")], "microphone access for this device"),
        ([("HKEY_CURRENT_USER", "microphone")], "microphone access for this user"),
        ([("HKEY_CURRENT_USER", "NonPackaged")], "microphone access for desktop apps"),
        ([("HKEY_LOCAL_MACHINE", "AppPrivacy")], "group policy"),
    ],
)
def test_a_microphone_that_windows_switched_off(denied: list[tuple[str, str]], words: str) -> None:
    def read(root: str, key: str, name: str) -> object:
        if name == "LetAppsAccessMicrophone":
            return 2 if (root, key.rpartition("\\")[2]) in denied else None
        assert name == "Value"
        return "Deny" if (root, key.rpartition("\\")[2]) in denied else "Allow"

    found = permission.finding(read, "win32")
    assert found is not None
    assert found.ok is (not denied)
    assert words in found.detail
    assert "ms-settings:privacy-microphone" in found.hint


def test_elsewhere_no_permission_can_be_looked_up() -> None:
    assert permission.finding(system="linux") is None


# --- the rest ---------------------------------------------------------------------------------


def test_machine_and_program_name_neither_host_nor_user() -> None:
    told = str(machine.facts())
    assert socket.gethostname() not in told.split()
    versions = dict(program.facts())
    assert versions["installed as"] == "source tree"
    assert versions["torch"].startswith("2.")


def test_a_section_that_fails_does_not_hide_the_others() -> None:
    def broken() -> list[tuple[str, str]]:
        raise ZeroDivisionError("one\ntwo")

    found = {
        each.title: each.facts
        for each in gathered([("bad", broken), ("good", lambda: [("a", "b")])])
    }
    assert found == {"bad": [("not told", "ZeroDivisionError: one two")], "good": [("a", "b")]}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql://kiosk:s3cret@db/kiosk", "postgresql://kiosk:***@db/kiosk"),
        ("redis://:s3cret@host:6379", "redis://:***@host:6379"),
        ("rediss://me:s3cret@cache", "rediss://me:***@cache"),
        (
            "postgresql://db/kiosk?user=a&password=s3cret&b=1",
            "postgresql://db/kiosk?user=a&password=***&b=1",
        ),
        ("nothing secret", "nothing secret"),
    ],
)
def test_passwords_are_masked(given: str, shown: str) -> None:
    assert without_passwords(given) == shown
