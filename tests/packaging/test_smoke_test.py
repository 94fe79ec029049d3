"""The smoke test of the frozen program notices what is wrong, and says what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from freezing import parts
from freezing.judging import Checks, Failed
from freezing.stage import TOOLS, Missing, Place, environment_of, require_tools

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    program = tmp_path / "program"
    program.mkdir()
    for name in ("kiosk", "voice-kiosk"):
        (program / name).write_text("#!/bin/sh\necho kiosk 1.0\n")
        (program / name).chmod(0o755)
    return Place(program, None, tmp_path, environment_of(tmp_path))


def saying(text: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"import sys; sys.stderr.write({text!r}); sys.exit({code})"]


@pytest.mark.parametrize(
    "said",
    [
        "Traceback (most recent call last):\n  File …",
        "ModuleNotFoundError: No module named 'scipy'",
        "ImportError: cannot import name 'a' from 'b'",
        "a.so: undefined symbol: _ZN3c10",
        "kiosk: error while loading shared libraries: libEGL.so.1: cannot open shared object file",
        "/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found",
        "[qt-warning] qt.svg: no such file",
        "2026-01-01 10:00:00,000 WARNING qt: default: QPainter::begin: Paint device returned",
        "qt.qpa.plugin: Could not load the Qt platform plugin",
        "kiosk: RUN-002 The folder with the program's own files is missing.",
        "An unexpected error occurred: incident 0123abcd (KeyError).",
        "OSError: could not get source code",
    ],
)
def test_trouble_is_noticed_although_the_exit_code_is_good(place: Place, said: str) -> None:
    with pytest.raises(Failed, match="said"):
        Checks(place).run("a command", saying(f"Starting …\n{said}\n"))


def test_what_a_good_program_says_is_no_trouble(place: Place) -> None:
    said = (
        "Demo on a private Xvfb\n"
        "[qt-warning] default: This plugin does not support propagateSizeHints\n"
        "2026-01-01 10:00:00,000 WARNING kiosk.audio: the microphone is gone\n"
    )
    assert Checks(place).run("a command", saying(said)) == ""


def test_a_wrong_exit_code_is_noticed(place: Place) -> None:
    checks = Checks(place)
    with pytest.raises(Failed, match="ended with 3 and not with 0"):
        checks.run("a command", saying("Could not tell.", 3))
    assert checks.run("a command", saying("Not verified.", 1), code=1) == ""


def test_a_failed_check_is_remembered_and_the_next_one_made(place: Place) -> None:
    checks = Checks(place)
    with checks.check("first"):
        checks.judge("a log", "Traceback (most recent call last):")
    with checks.check("second"):
        checks.run("version", place.kiosk("--version"))
    assert checks.failures == ["first"]


def test_a_tool_that_is_missing_is_named_with_its_package(place: Place) -> None:
    place.environment["PATH"] = str(place.program)
    for tool, package in TOOLS.items():
        with pytest.raises(Missing, match=f"^{tool} is not installed; .* {package}\\."):
            require_tools(place)
        (place.program / tool).write_text("#!/bin/sh\n")
        (place.program / tool).chmod(0o755)
    require_tools(place)


def test_a_program_that_is_missing_ends_the_test_in_words(tmp_path: Path) -> None:
    command = [sys.executable, str(PACKAGING / "smoke_test.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("smoke test: There is no ")
    assert "make package" in done.stderr


def test_it_needs_nothing_but_the_standard_library(tmp_path: Path) -> None:
    # -I -S: neither the environment nor anything that was installed.
    command = [sys.executable, "-I", "-S", str(PACKAGING / "smoke_test.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr


def test_commands_of_another_root_run_there(tmp_path: Path) -> None:
    place = Place(Path("/usr/lib/voice-kiosk"), tmp_path, Path("/tmp/smoke"))
    assert place.kiosk("--version") == [
        *("chroot", str(tmp_path)),
        *("/usr/lib/voice-kiosk/kiosk", "--version"),
    ]
    assert place.here(Path("/tmp/smoke/out")) == tmp_path / "tmp" / "smoke" / "out"


def test_sizes_are_told_by_part_and_links_count_nothing(tmp_path: Path) -> None:
    libraries = tmp_path / "_internal"
    for name, size in {"numpy/a.so": 3_000_000, "numpy.libs/b.so": 1_000_000, "c.so": 500}.items():
        path = libraries / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    (libraries / "link.so").symlink_to("numpy/a.so")
    (tmp_path / "kiosk").write_bytes(bytes(2_000_000))
    found = parts.sizes(tmp_path)
    assert found == {"numpy": 4_000_000, "kiosk": 2_000_000, "c.so": 500}
    assert parts.table(found, 2) == [
        "     6.0 MB  in all",
        "     4.0 MB  numpy",
        "     2.0 MB  kiosk",
        "     0.0 MB  in 1 other parts",
    ]


def test_the_frozen_program_answers_to_m_for_its_own_modules_only() -> None:
    start = [sys.executable, str(PACKAGING / "pyinstaller" / "start" / "console.py")]
    own = subprocess.run([*start, "-m", "kiosk", "--version"], capture_output=True, text=True)
    assert own.returncode == 0
    assert own.stdout.startswith("kiosk ")
    other = subprocess.run([*start, "-m", "timeit", "1"], capture_output=True, text=True)
    assert other.returncode == 2
    assert "loops" not in other.stdout


def test_what_the_program_starts_does_not_load_its_libraries() -> None:
    hook = PACKAGING / "pyinstaller" / "runtime" / "children.py"
    script = (
        f"exec(open({str(hook)!r}).read()); import os; print(os.environ.get('LD_LIBRARY_PATH'))"
    )
    for before, after in ((None, "None"), ("/opt/lib", "/opt/lib")):
        environment = {"LD_LIBRARY_PATH": "/usr/lib/voice-kiosk/_internal"}
        if before is not None:
            environment["LD_LIBRARY_PATH_ORIG"] = before
        command = [sys.executable, "-I", "-c", script]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == after
