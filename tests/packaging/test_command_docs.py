"""The manual page and the completions say what the program's commands are."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from command_docs import completion
from command_docs.manual import escaped, manual
from command_docs.tree import Command, read

LINUX = Path(__file__).resolve().parents[2] / "packaging" / "linux"


@pytest.fixture(scope="module")
def program() -> Command:
    return read()


@pytest.fixture(scope="module")
def page(program: Command) -> str:
    template = (LINUX / "man/kiosk.1.in").read_text("utf-8")
    return manual(program, template, version="1.2.3", date="2026-11-23")


def test_every_command_is_read_with_what_it_takes(program: Command) -> None:
    found = {command.name: command for command in program.all()}
    assert {"kiosk run", "kiosk serve", "kiosk users remove", "kiosk keys export"} <= set(found)
    enroll = found["kiosk enroll"]
    assert [argument.value for argument in enroll.arguments] == ["FILE"]
    options = {option.names[0]: option for option in enroll.options}
    assert (options["--user"].value, options["--consent"].value) == ("ID", "")
    assert found["kiosk run"].options[0].names == ("--full-screen", "--window")
    assert all(command.summary for command in found.values())


def test_the_page_names_every_command_and_every_option(program: Command, page: str) -> None:
    for command in program.all():
        assert escaped(command.name) in page
        for option in command.options[:-1]:
            assert f"\\fB{escaped(option.names[0])}\\fR" in page
    assert "voice-kiosk 1.2.3" in page.replace("\\-", "-")
    assert "@" not in re.sub(r"\S+@\S+", "", page)  # no place of the template is left


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_man_shows_the_pages_and_complains_about_none(page: str, tmp_path: Path) -> None:
    pages = {"kiosk.1": page}
    for name in ("voice-kiosk.1", "voice-kiosk-admin.8"):
        pages[name] = (LINUX / f"man/{name}.in").read_text("utf-8")
    for name, text in pages.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        done = subprocess.run(
            ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(tmp_path / name)],
            capture_output=True,
            text=True,
            check=True,
            env={"LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80", "PATH": "/usr/bin:/bin"},
        )
        assert done.stderr == ""
        assert done.stdout


def test_roff_prints_what_was_written() -> None:
    assert escaped(".dot\\back-slash") == "\\&.dot\\eback\\-slash"


def test_a_template_without_a_place_is_refused(program: Command) -> None:
    with pytest.raises(ValueError, match="@COMMANDS@"):
        manual(program, "@VERSION@ @DATE@ @OPTIONS@", version="1", date="2026-11-23")


def completed(script: Path, *words: str) -> list[str]:
    """Return what bash offers for the last of these words."""
    done = subprocess.run(
        [
            "bash",
            "--norc",
            "-c",
            'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kiosk;'
            ' printf "%s\\n" "${COMPREPLY[@]}"',
            "bash",
            str(script),
            *words,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_commands_options_and_leaves_files_to_itself(
    program: Command, tmp_path: Path
) -> None:
    script = tmp_path / "kiosk"
    script.write_text(completion.bash(program), encoding="utf-8")
    assert completed(script, "kiosk", "us") == ["users"]
    assert "list" in completed(script, "kiosk", "users", "")
    assert completed(script, "kiosk", "--data-dir", "/data", "users", "ren") == ["rename"]
    assert completed(script, "kiosk", "run", "--f") == ["--full-screen"]
    assert "--consent" in completed(script, "voice-kiosk-admin", "enroll", "--")
    assert completed(script, "kiosk", "verify", "--user", "1001", "rec") == []


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_can_read_theirs(program: Command, tmp_path: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "kiosk"
    script.write_text(getattr(completion, shell)(program), encoding="utf-8")
    subprocess.run([shell, "-n", str(script)], check=True)


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_completes_commands_of_a_group(program: Command, tmp_path: Path) -> None:
    script = tmp_path / "kiosk.fish"
    script.write_text(completion.fish(program), encoding="utf-8")
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {script}; complete -C 'kiosk users re'"],
        capture_output=True,
        text=True,
        check=True,
    )
    offered = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert {"rename", "remove"} <= set(offered)
    assert "run" not in offered
