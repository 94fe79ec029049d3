"""Bytes that are no UTF-8 on the command line: a clear refusal before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_type_hints

import pytest

from kiosk.cli import program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import typer

    from tests.integration.cli.support import Cli

NO_TEXT = "Jos\udce9"
"""As Python hands on the bytes of another encoding."""


@pytest.mark.parametrize(
    "command",
    [
        ("users", "rename", "anna", NO_TEXT),
        ("api-key", "create", NO_TEXT),
        ("operators", "add", NO_TEXT),
        ("operators", "add", "ada", "--name", NO_TEXT),
        ("operators", "remove", NO_TEXT, "--yes"),
        ("audit", "list", "--actor", NO_TEXT),
        ("audit", "list", "--text", NO_TEXT),
        ("audit", "export", "out.jsonl", "--subject", NO_TEXT),
        ("model", "use", NO_TEXT),
        ("users", "show", NO_TEXT),
        ("backup", "forget", NO_TEXT),
        ("consent", "show", NO_TEXT),
        ("verify", "--user", NO_TEXT, "some.wav"),
    ],
    ids=" ".join,
)
def test_words_that_are_no_text_are_refused(
    cli: Cli, data_dir: Path, command: tuple[str, ...]
) -> None:
    cli.refuses("USR-001", *command)
    assert not data_dir.exists()


def test_the_refusal_names_what_was_typed_wrong(cli: Cli) -> None:
    told = cli.refuses("USR-001", "operators", "add", "ada", "--name", NO_TEXT)
    assert "NAME is no text" in told
    assert "UTF-8" in told


def commands(app: typer.Typer) -> Iterator[Any]:
    """Yield what every command of a program calls."""
    for command in app.registered_commands:
        yield command.callback
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from commands(group.typer_instance)


def test_every_command_is_guarded() -> None:
    found = list(commands(program()))
    assert len(found) > 50
    for callback in found:
        assert callback.__module__.startswith("kiosk.cli")
        assert hasattr(callback, "__wrapped__"), callback
        assert get_type_hints(callback)


def test_files_may_have_any_name(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / f"{NO_TEXT}.kbk"
    made = cli("backup", "create", file, "--json")
    assert made.code == 0
    assert file.exists()
    assert cli("backup", "verify", file).code == 0
    assert cli("backup", "remove", file, "--yes").code == 0
    assert "All" in cli("audit", "verify").out
