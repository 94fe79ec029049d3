"""What the program's commands are, as plain data: read from the program itself."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_HELP = ("-h", "--help")


@dataclass(frozen=True)
class Option:
    """Attributes: all its names, what stands for its value (empty for a flag), and its help."""

    names: tuple[str, ...]
    value: str
    help: str


@dataclass(frozen=True)
class Argument:
    """Attributes: what stands for it, and its help."""

    value: str
    help: str


@dataclass(frozen=True)
class Command:
    """A command, or a group of them.

    Attributes:
        path: its words, the program's name first.
        help: paragraphs with blank lines in between.
        options: those of its own, ``--help`` included.
        arguments: in their order.
        commands: of a group.
    """

    path: tuple[str, ...]
    help: str
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]
    commands: tuple[Command, ...]

    @property
    def name(self) -> str:
        """Return its words with blanks in between."""
        return " ".join(self.path)

    @property
    def summary(self) -> str:
        """Return the first paragraph of the help on one line."""
        return " ".join(self.help.split("\n\n")[0].split())

    def all(self) -> Iterator[Command]:
        """Yield this one and everything below it, in the program's order."""
        yield self
        for command in self.commands:
            yield from command.all()


def read() -> Command:
    """Return the program."""
    import typer

    from kiosk.cli import program

    return _command(typer.main.get_command(program()), ("kiosk",))


def _command(command: Any, path: tuple[str, ...]) -> Command:
    shown = [each for each in command.params if not each.hidden]
    return Command(
        path=path,
        help=inspect.cleandoc(command.help or ""),
        options=(
            *(_option(each) for each in shown if each.param_type_name == "option"),
            Option(_HELP, "", "Show what there is, and leave."),
        ),
        arguments=tuple(
            Argument(each.metavar or each.name.upper(), each.help or "")
            for each in shown
            if each.param_type_name == "argument"
        ),
        commands=tuple(
            _command(each, (*path, name))
            for name, each in getattr(command, "commands", {}).items()
            if not each.hidden
        ),
    )


def _option(option: Any) -> Option:
    names = (*option.opts, *option.secondary_opts)
    value = "" if option.is_flag else option.metavar or option.name.upper()
    return Option(tuple(names), value, option.help or "")
