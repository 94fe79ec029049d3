"""The scripts and the units of the appliance, with real shells and real processes."""

from __future__ import annotations

import select
import shutil
import subprocess
import time
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_S

LINUX = Path(__file__).resolve().parents[2] / "packaging" / "linux"
UNITS = ("voice-kiosk-appliance.service", "voice-kiosk-service.service")


def script(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


def started(
    folder: Path, name: str, *words: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    said, complained = folder / "stdout", folder / "stderr"
    # Not into pipes: whoever reads those waits for the screen, too, which waits for the process.
    with said.open("w") as stdout, complained.open("w") as stderr:
        done = subprocess.run(
            ["sh", str(LINUX / "libexec" / name), *words],
            stdout=stdout,
            stderr=stderr,
            check=False,
            timeout=PATIENCE_S,
            env={
                "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
                "RUNTIME_DIRECTORY": str(folder),
                **environment,
            },
        )
    return subprocess.CompletedProcess(
        done.args, done.returncode, said.read_text(), complained.read_text()
    )


# --- back-off --------------------------------------------------------------------------------


def waits(folder: Path, times: int) -> list[int]:
    """Return how long each of so many starts in a row waited; nothing really waits."""
    script(folder / "bin", "sleep", f'echo "$1" >>{folder}/slept')
    found = []
    for _ in range(times):
        (folder / "slept").write_text("")
        assert started(folder, "back-off").returncode == 0
        found.append(int((folder / "slept").read_text() or 0))
    return found


def test_each_start_in_a_row_waits_twice_as_long_up_to_a_minute(tmp_path: Path) -> None:
    assert waits(tmp_path, 10) == [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_once_it_has_worked_for_a_while_it_starts_at_once_again(tmp_path: Path) -> None:
    assert waits(tmp_path, 3) == [0, 1, 2]
    uptime = int(float(Path("/proc/uptime").read_text().split()[0]))
    (tmp_path / "starts").write_text(f"3 {uptime - 700}\n")
    assert waits(tmp_path, 2) == [0, 1]


@pytest.mark.parametrize("left", ["", "x", "3", "4 y\n", "\n\n", "-1 -1\n"])
def test_a_state_that_was_torn_starts_anew(tmp_path: Path, left: str) -> None:
    (tmp_path / "starts").write_text(left)
    assert waits(tmp_path, 2)[0] in (0, 4)  # "3" alone is a number of starts, just now
    assert (tmp_path / "starts").read_text().split()[0].isdecimal()


# --- session ---------------------------------------------------------------------------------


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Lay out programs that open a screen of no pixels, and a kiosk that only says where it is."""
    opened = f"""echo "$(basename "$0") $* notify=$NOTIFY_SOCKET" >>{tmp_path}/opened
sh {LINUX}/libexec/appliance screen """
    closed = f"\necho closed >>{tmp_path}/opened"
    script(tmp_path / "bin", "cage", f'export WAYLAND_DISPLAY=wayland-7\n{opened}"$5"{closed}')
    script(tmp_path / "bin", "xinit", f'export DISPLAY=:7\n{opened}"$3"{closed}')
    script(tmp_path / "bin", "Xwayland", "")
    script(
        tmp_path / "bin",
        "the-kiosk",
        'echo "$* on $QT_QPA_PLATFORM ${WAYLAND_DISPLAY:-$DISPLAY} notify=$NOTIFY_SOCKET"; exit 5',
    )
    for name in ("sh", "printf", "rm", "mkfifo", "tail", "basename"):
        found = shutil.which(name)
        assert found is not None
        (tmp_path / "bin" / name).symlink_to(found)
    return tmp_path


def session(machine: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start a session; back when the kiosk has ended and its screen, if any, is closed."""
    done = started(
        machine,
        "appliance",
        "session",
        PATH=str(machine / "bin"),
        VOICE_KIOSK_PROGRAM=str(machine / "bin" / "the-kiosk"),
        NOTIFY_SOCKET="/run/notify",
        **environment,
    )
    opened, deadline = machine / "opened", time.monotonic() + 30
    while opened.exists() and "closed" not in opened.read_text():
        assert time.monotonic() < deadline, "the screen stays open"
        select.select([], [], [], 0.02)
    return done


def test_the_session_becomes_the_kiosk_and_its_screen_closes_after_it(machine: Path) -> None:
    done = session(machine)
    # The kiosk alone speaks to systemd, and its exit code is the session's.
    assert done.stdout == "run --full-screen on wayland wayland-7 notify=/run/notify\n"
    assert (done.returncode, done.stderr) == (5, "")
    opened, closed = (machine / "opened").read_text().splitlines()
    assert opened.startswith("cage -d -- /usr/libexec/voice-kiosk/appliance screen ")
    assert opened.endswith(" notify=")
    assert closed == "closed"
    assert not (machine / "screen").exists()


def test_an_x_server_never_blanks_and_listens_to_no_network(machine: Path) -> None:
    done = session(machine, VOICE_KIOSK_SESSION="x11", XDG_VTNR="1")
    assert done.stdout == "run --full-screen on xcb :7 notify=/run/notify\n"
    opened = (machine / "opened").read_text()
    assert opened.startswith("xinit /usr/libexec/voice-kiosk/appliance screen ")
    assert " -- /usr/bin/X :0 vt1 -keeptty -nolisten tcp -s 0 -dpms " in opened


def test_without_xwayland_cage_is_not_even_tried(machine: Path) -> None:
    (machine / "bin" / "Xwayland").unlink()
    assert " on xcb :7 " in session(machine).stdout


def test_a_screen_that_does_not_open_ends_the_session(machine: Path) -> None:
    script(machine / "bin", "cage", "echo no such device >&2; exit 1")
    done = session(machine)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no such device" in done.stderr
    assert "did not open" in done.stderr


def test_without_any_screen_it_says_what_to_install(machine: Path) -> None:
    for name in ("cage", "xinit"):
        (machine / "bin" / name).unlink()
    done = session(machine)
    assert done.returncode == 2
    assert "install cage and xwayland" in done.stderr


def test_a_session_that_there_is_not_is_refused(machine: Path) -> None:
    done = session(machine, VOICE_KIOSK_SESSION="mir")
    assert done.returncode == 2
    assert "permitted: wayland, x11, auto" in done.stderr


def test_only_root_runs_commands_on_the_data_of_the_appliance(tmp_path: Path) -> None:
    script(tmp_path / "bin", "id", "echo 1000")
    done = started(tmp_path, "voice-kiosk-admin", "users", "list")
    assert done.returncode == 2
    assert "sudo voice-kiosk-admin users list" in done.stderr


# --- units -----------------------------------------------------------------------------------


def unit(name: str) -> ConfigParser:
    found = ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment, method-assign]
    found.read(LINUX / "systemd" / name, encoding="utf-8")
    return found


@pytest.mark.parametrize("name", UNITS)
def test_what_a_unit_starts_is_in_the_package(name: str) -> None:
    service = unit(name)["Service"]
    build = (LINUX / "deb/build.sh").read_text("utf-8")
    for key in ("ExecStart", "ExecStartPre", "ExecStop", "EnvironmentFile"):
        for place in service.get(key, "").split()[:1]:
            file = place.lstrip("-/")
            assert file in build or file == "usr/bin/kiosk", file
    assert service["User"] == "kiosk"
    assert service["LimitCORE"] == "0"  # no voiceprint in a core dump
    assert int(service["WatchdogSec"]) > 0
    assert service["Type"] == "notify"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("name", UNITS)
def test_systemd_understands_the_units(name: str, tmp_path: Path) -> None:
    # What they start is not installed here, so something that is stands in for it.
    text = (LINUX / "systemd" / name).read_text("utf-8")
    for program in ("/usr/libexec/voice-kiosk/back-off", "/usr/libexec/voice-kiosk/appliance"):
        text = text.replace(program, "/bin/true")
    (tmp_path / name).write_text(text.replace("/usr/bin/kiosk", "/bin/true"), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(
    shutil.which("desktop-file-validate") is None, reason="desktop-file-utils is not installed"
)
def test_the_desktop_file_is_valid() -> None:
    file = LINUX / "desktop/voice-kiosk.desktop"
    subprocess.run(["desktop-file-validate", "--no-hints", str(file)], check=True)


@pytest.mark.skipif(shutil.which("appstreamcli") is None, reason="appstream is not installed")
def test_the_metadata_is_valid(tmp_path: Path) -> None:
    text = (LINUX / "desktop/metainfo.xml.in").read_text("utf-8")
    file = tmp_path / "io.github.voice_kiosk.VoiceKiosk.metainfo.xml"
    file.write_text(text.replace("@VERSION@", "1.0.0").replace("@DATE@", "2026-11-23"))
    done = subprocess.run(
        ["appstreamcli", "validate", "--no-net", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_has_nothing_to_say() -> None:
    files = [
        *(LINUX / "libexec").iterdir(),
        *(LINUX / "deb").glob("p*"),
        LINUX / "deb/build.sh",
        LINUX / "try_in_bare_root.sh",
    ]
    subprocess.run(["shellcheck", "-x", *map(str, files)], check=True, cwd=LINUX.parents[1])
