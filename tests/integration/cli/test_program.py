"""The program as a whole: help, errors of use, defects, interrupts, pipes, health."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from kiosk.cli.libraries import install_hint, library_findings
from kiosk.services.people.directory import Directory
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli

COMMANDS = {
    *("run", "enroll", "verify", "identify", "embed", "evaluate"),
    *("serve", "api-key", "users", "model", "devices", "doctor", "help"),
}


def child(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_names_the_commands(cli: Cli, data_dir: Path, arguments: tuple[str, ...]) -> None:
    answer = cli(*arguments)
    assert (answer.code, answer.err) == (0, "")
    assert set(answer.out.split()) >= COMMANDS
    assert not data_dir.exists()


@pytest.mark.parametrize("group", ["users", "model"])
def test_groups_show_their_help(cli: Cli, group: str) -> None:
    alone, asked = cli(group), cli(group, "--help")
    assert alone == asked
    assert alone.code == 0
    assert "list" in alone.out


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(cli: Cli, command: str) -> None:
    answer = cli(command, "--help")
    assert answer.code == 0
    assert f"kiosk {command}" in answer.out


def test_version(cli: Cli) -> None:
    answer = cli("--version")
    assert (answer.code, answer.err) == (0, "")
    assert re.fullmatch(r"kiosk (\d+\.\d+\.\d+\S*|\(not installed\))\n", answer.out)


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("--nonsense",),
        ("verify",),
        ("verify", "file.wav"),
        ("identify", "file.wav", "--limit", "0"),
        ("users", "nonsense"),
        ("evaluate", "trials.txt", "--max-seconds", "often"),
    ],
    ids=" ".join,
)
def test_errors_of_use(cli: Cli, data_dir: Path, arguments: tuple[str, ...]) -> None:
    plain, as_json = cli(*arguments), cli(*arguments, "--json")
    assert (plain.code, plain.out) == (2, "")
    assert re.fullmatch(r"kiosk: USR-001 .+ See 'kiosk.* --help'\.\n", plain.err)
    assert (as_json.code, as_json.json["error"]["code"]) == (2, "USR-001")
    assert not data_dir.exists()


def test_the_manual_is_listed_and_read(cli: Cli, data_dir: Path) -> None:
    listed = cli("help")
    assert (listed.code, listed.err) == (0, "")
    assert {"operators", "backups", "http"} <= set(listed.out.split())
    read = cli("help", "backups")
    assert (read.code, read.err) == (0, "")
    assert "Restore a backup" in read.out
    assert "kiosk backup restore FILE" in read.out
    assert "<!--" not in read.out
    assert all(line.isprintable() for line in read.out.splitlines())
    # A word of a title will do.
    assert cli("help", "keys") == read
    assert not data_dir.exists()


def test_a_topic_that_is_not_there_names_those_that_are(cli: Cli) -> None:
    answer = cli("help", "passphrase")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("kiosk: USR-001 There is no topic 'passphrase'.")
    assert "It is mentioned in: " in answer.err
    assert "Topics: operators, privacy, voice" in answer.err
    assert "mentioned" not in cli("help", "").err


def test_a_global_option_after_the_command_is_told_its_place(cli: Cli) -> None:
    line = cli.refuses("USR-001", "users", "list", "--data-dir", "somewhere")
    assert "kiosk --data-dir … users list" in line


def test_an_option_of_commands_before_the_command_is_told_its_place(cli: Cli) -> None:
    answer = cli("--json", "users", "list")
    assert answer.code == 2
    assert "goes after the command" in answer.json["error"]["hint"]


@pytest.mark.parametrize("option", ["--seconds", "--clients"])
def test_options_of_one_measurement_are_refused_with_another(cli: Cli, option: str) -> None:
    line = cli.refuses("USR-001", "bench", option, "5")
    assert f"{option} goes with --api only" in line


def test_after_two_dashes_nothing_is_an_option(cli: Cli) -> None:
    answer = cli("verify", "--user", "anna", "--", "--json")
    assert (answer.code, answer.out) == (2, "")
    assert "'--json'" in answer.err


def test_a_setting_that_cannot_be_used(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_LOG_LEVEL", "LOUD")
    assert "KIOSK_LOG_LEVEL" in cli.refuses("CFG-001", "users", "list")


def test_a_name_cannot_command_the_terminal(cli: Cli) -> None:
    answer = cli("identify", "\x1b[31mred\n\x07.wav")
    assert answer.code == 2
    assert answer.err.removesuffix("\n").isprintable()
    assert "red" in answer.err


@pytest.fixture
def defect(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: Directory) -> None:
        raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setattr(Directory, "everybody", broken)


@pytest.mark.expects_log
@pytest.mark.usefixtures("defect")
def test_a_defect_is_one_line_with_a_number_that_the_log_explains(cli: Cli, data_dir: Path) -> None:
    answer = cli("users", "list", "--json")
    assert answer.code == 70
    assert answer.json["error"]["code"] == "BUG-001"
    match = re.fullmatch(r"kiosk: BUG-001 .*incident ([0-9a-f]{8}).*\n", answer.err)
    assert match
    assert "nobody foresaw this" not in answer.err
    log = next((data_dir / "logs").glob("system-*.log")).read_text(encoding="utf-8")
    assert f"incident {match[1]}" in log
    assert "ZeroDivisionError: nobody foresaw this" in log


@pytest.mark.expects_log
@pytest.mark.usefixtures("defect")
def test_verbose_shows_the_traceback_of_a_defect(cli: Cli) -> None:
    answer = cli("--verbose", "users", "list")
    assert answer.code == 70
    assert "Traceback" in answer.err
    assert "ZeroDivisionError: nobody foresaw this" in answer.err
    assert answer.out == ""


def test_verbose_shows_the_log(cli: Cli) -> None:
    quiet, verbose = cli("users", "list", "--json"), cli("--verbose", "users", "list", "--json")
    assert quiet.err == ""
    assert "starting storage" in verbose.err
    assert verbose.json == quiet.json


def test_an_interrupt_ends_without_a_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_self: Directory) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Directory, "everybody", interrupted)
    answer = cli("users", "list", "--json")
    assert (answer.code, answer.err) == (130, "kiosk: RUN-001 Interrupted.\n")
    assert answer.json["error"]["code"] == "RUN-001"


@pytest.mark.usefixtures("enrolled")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("--help", 0),
        ("enroll --help", 0),
        ("users", 0),
        ("--version", 0),
        ("users list", 0),
        ("users list --json", 0),
        ("enroll --template", 0),
        # A lost answer is not taken for another one.
        ("users show nobody --json", 2),
    ],
)
def test_a_reader_that_goes_away_changes_nothing(words: str, code: int) -> None:
    command = [sys.executable, "-m", "kiosk", *words.split()]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(PATIENCE_S) == code
        assert ("Traceback" in (told := process.stderr.read()), told == "") == (False, code == 0)


def test_without_a_screen_the_desktop_says_so(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    answer = cli("run")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("kiosk: RUN-003 There is no screen")
    monkeypatch.setenv("DISPLAY", ":9753")  # nobody has so many
    answer = cli("run")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("kiosk: RUN-003 The screen :9753 cannot be reached.")
    assert not data_dir.exists()


def test_help_and_lists_load_nothing_heavy() -> None:
    code = "import sys; from kiosk.cli import run; run(sys.argv[1:] or {!r}); print(*sys.modules)"
    for arguments, heavy in (
        (["--version"], {"numpy", "rich", "pydantic", "torch", "PySide6", "sqlalchemy"}),
        (["users", "list", "--json"], {"rich", "torch", "PySide6", "sounddevice", "soundfile"}),
    ):
        done = child(code.format(arguments))
        assert done.returncode == 0, done.stderr
        assert {name for name in done.stdout.split() if "." not in name} & heavy == set()


# --- devices and doctor ----------------------------------------------------------------------


def test_devices(cli: Cli) -> None:
    answer = cli("devices", "--json")
    assert (answer.code, answer.err) == (0, "")
    for device in answer.json["devices"]:
        assert device["key"] == f"{device['host']}: {device['name']}"
    assert cli("devices").code == 0


def test_doctor_on_a_new_installation(cli: Cli, data_dir: Path) -> None:
    answer = cli("doctor", "--json")
    report = answer.json
    findings = {finding["name"]: finding for finding in report["findings"]}
    assert report["ok"] is all(finding["ok"] for finding in report["findings"])
    assert answer.code == (0 if report["ok"] else 1)
    for name in ("sound library", "screen library", "database", "voice model", "versions"):
        assert findings[name]["ok"], findings[name]
        assert findings[name]["hint"] == ""
    origins = {setting["name"]: setting["origin"] for setting in report["settings"]}
    assert origins["data_dir"] == "default"
    assert origins["log_level"] == "default"
    values = {setting["name"]: setting["value"] for setting in report["settings"]}
    assert values["api.cors_origins"] == "none"
    words = cli("--data-dir", data_dir, "doctor")
    assert words.code == answer.code
    assert str(data_dir) in words.out
    assert "argument" in words.out


@pytest.mark.usefixtures("enrolled")
def test_doctor_tells_of_a_damaged_database(cli: Cli, data_dir: Path) -> None:
    (data_dir / "kiosk.db").write_bytes(b"This is no database.\n" * 300)
    answer = cli("doctor", "--json")
    assert answer.code == 1
    database = next(each for each in answer.json["findings"] if each["name"] == "database")
    assert not database["ok"]
    assert database["detail"].startswith("DB-002")
    assert "backup" in database["hint"]
    words = cli("doctor").out
    summary = words[words.index("Something is wrong.") :]
    # The end of long tables is what is read: what failed, and what to do about it.
    assert "- database: DB-002" in summary
    assert database["hint"].split()[0] in summary
    assert " checks failed:" in summary


@pytest.mark.parametrize(
    ("complaint", "package"),
    [
        ("libxcb-cursor.so.0: cannot open shared object file", "libxcb-cursor0"),
        ("libEGL.so.1: cannot open shared object file", "libegl1"),
        ("PortAudio library not found", "libportaudio2"),
        ("libstrange-2.so.7: cannot open shared object file", "with libstrange-2"),
    ],
)
def test_a_missing_library_is_traced_to_its_package(complaint: str, package: str) -> None:
    assert install_hint(complaint) == f"Install the system package {package}."


def test_a_library_that_does_not_load_is_one_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)  # importing it fails now
    sound, screen = library_findings()
    assert (sound.name, sound.ok) == ("sound library", False)
    assert (screen.name, screen.ok, screen.hint) == ("screen library", True, "")


def test_a_missing_python_package_is_not_taken_for_a_system_library() -> None:
    assert install_hint("No module named 'PySide6'") == "Install the program again."
