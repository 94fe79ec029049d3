"""What is typed at commands must be text: bytes that are no UTF-8 can be neither stored nor told.

Python hands such bytes on as lone surrogates. Names of files may hold them, for the file system
knows bytes only; IDs, names and all other words may not.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from kiosk.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    import typer


def require_text(app: typer.Typer) -> None:
    """Let every command of a program refuse words that are no text, before it does anything.

    Args:
        app: complete, with all of its groups.
    """
    for command in app.registered_commands:
        if command.callback is not None:
            command.callback = _guarded(command.callback)
    for group in app.registered_groups:
        if group.typer_instance is not None:
            require_text(group.typer_instance)


def _guarded(command: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(command)
    def checked(*args: Any, **given: Any) -> Any:
        for name, value in given.items():
            for word in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(word, str) and not _is_text(word):
                    raise InvalidInput(
                        f"What was given as {name.rstrip('_').upper().replace('_', '-')} is no "
                        "text: it has bytes that are not UTF-8.",
                        hint="Type it again in a terminal that is set to UTF-8.",
                    )
        return command(*args, **given)

    return checked


def _is_text(word: str) -> bool:
    try:
        word.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
