"""The manual page kiosk(1), in the language of man(7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from command_docs.tree import Command, Option


def manual(program: Command, template: str, *, version: str, date: str) -> str:
    """Return the page.

    Args:
        program: all commands.
        template: the page with ``@VERSION@``, ``@DATE@``, ``@OPTIONS@`` and ``@COMMANDS@``.
        version: of the program.
        date: such as ``2026-11-23``.

    Raises:
        ValueError: one of the places is missing from the template.
    """
    filled = {
        "@VERSION@": escaped(version),
        "@DATE@": date,
        "@OPTIONS@": "\n".join(_options(program.options)),
        "@COMMANDS@": "\n".join(_commands(program)),
    }
    for place, text in filled.items():
        if place not in template:
            raise ValueError(f"the template has no {place}")
        template = template.replace(place, text)
    return template


def escaped(text: str) -> str:
    """Return a text that roff prints as it is, with hyphens that can be searched and pasted."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def _commands(program: Command) -> Iterable[str]:
    for command in program.all():
        if command is program:
            continue
        if command.commands:
            yield f".SS {escaped(command.name)}"
            yield from _paragraphs(command.help)
            continue
        words = [*(f"[{_shown(o)}]" for o in command.options[:-1]), *_values(command)]
        yield ".TP"
        yield f".B {escaped(command.name)} \\fR{escaped(' '.join(words))}"
        yield from _paragraphs(command.help)
        yield ".RS"
        for argument in command.arguments:
            yield f".TP\n.I {escaped(argument.value)}"
            yield escaped(argument.help)
        yield from _options(command.options[:-1])
        yield ".RE"


def _options(options: Iterable[Option]) -> Iterable[str]:
    for option in options:
        names = ", ".join(f"\\fB{escaped(name)}\\fR" for name in option.names)
        value = f" \\fI{escaped(option.value)}\\fR" if option.value else ""
        yield f".TP\n{names}{value}"
        yield escaped(option.help) or "\\&"


def _paragraphs(text: str) -> Iterable[str]:
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            yield ".IP"
        yield escaped(" ".join(paragraph.split()))


def _shown(option: Option) -> str:
    return f"{option.names[0]} {option.value}".strip()


def _values(command: Command) -> list[str]:
    return [argument.value for argument in command.arguments]
