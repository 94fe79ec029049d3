"""Renews the tables of ``resources/manual`` that are made from the code: ``make manual``.

A table stands between ``<!-- NAME -->`` and ``<!-- /NAME -->``. A test fails where one is stale.
"""

from __future__ import annotations

import inspect
import re
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticUndefined

from command_docs.tree import read
from kiosk.api.routes import speech_engine, v1, voice_verifier
from kiosk.cli.backup.facts import serves
from kiosk.core import errors
from kiosk.core.accounts.acting import Role
from kiosk.core.accounts.roles import PERMITTED, Action
from kiosk.core.backup.backups import BackupInfo, BackupReason
from kiosk.core.hearing.quality import Reason
from kiosk.settings.effective import Settings, leaves
from kiosk.settings.loading import permitted_values
from releasing.version import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fastapi import APIRouter
    from pydantic.fields import FieldInfo

FOLDER = ROOT / "resources" / "manual"
HINT = "make manual"
"""What renews stale tables."""


def settings() -> str:
    """Return the settings, in the order in which the program lists them."""
    titles = ("Setting", "Default", "Permitted", "Meaning")
    return "\n".join(
        f"### {f'[{section}]' if section else 'At the top of the file'}\n\n"
        + _table(
            titles,
            [
                (f"`{name}`", _default(field), _permitted(field), field.description or "")
                for name, field in found
            ],
        )
        for section, found in groupby(leaves(Settings), lambda leaf: leaf[0].rpartition(".")[0])
    )


def codes() -> str:
    """Return the error codes with what they mean and what to do."""
    found = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.KioskError) and "code" in vars(kind)
    ]
    rows = [
        (f"`{kind.code}`", _first_sentence(kind.__doc__ or ""), kind.default_hint)
        for kind in sorted(found, key=lambda kind: kind.code)
        if kind is not errors.KioskError
    ]
    return "\n".join(
        f"### {prefix}\n\n" + _table(("Code", "What happened", "What to do"), list(below))
        for prefix, below in groupby(rows, lambda row: row[0].strip("`").partition("-")[0])
    )


def reasons() -> str:
    """Return why a recording is refused, with what to do."""
    rows = [(f"`{reason.value}`", reason.gate.advice) for reason in Reason]
    return _table(("Reason", "Advice"), rows)


def own_routes() -> str:
    """Return the routes under ``/v1``."""
    return _routes(v1.routers())


def seed_routes() -> str:
    """Return the routes of VoiceVerifier and SpeechEngine."""
    return _routes((voice_verifier.router, speech_engine.router))


def roles() -> str:
    """Return who may do what."""
    shown = (Role.VISITOR, Role.OPERATOR, Role.ADMINISTRATOR)
    rows = [
        (action.value, *("yes" if action in PERMITTED[role] else "" for role in shown))
        for action in Action
    ]
    return _table(("Action", *(role.value for role in shown)), rows)


def commands() -> str:
    """Return the commands."""
    program = read()
    alone = [each for each in program.commands if not each.commands]
    groups = [(program.name, alone), *((g.name, g.commands) for g in program.commands)]
    return "\n".join(
        f"### {name}\n\n"
        + _table(("Command", "What it does"), [(f"`{each.name}`", each.summary) for each in below])
        for name, below in groups
        if below
    )


def restoring() -> str:
    """Return with what each kind of backup comes back on each machine."""
    made = datetime(2026, 1, 1, tzinfo=UTC)
    needed = {
        with_phrase: serves(
            BackupInfo(Path(), made, "", "", "", BackupReason.MANUAL, 0, with_phrase)
        )
        for with_phrase in (False, True)
    }
    rows = [
        (words, *(_typed(machines[machine]) for machines in needed.values()))
        for machine, words in _MACHINES.items()
    ]
    return _table(("The machine", *(f"`{command}`" for command in _MADE_BY)), rows)


_MADE_BY = ("kiosk backup create", "kiosk backup create --passphrase")
_TYPED = {"--keys": "--keys KEYS --passphrase-file PHRASE"}
_MACHINES = {
    "same": "the same one, in order",
    "deleted": "the same one; the database is deleted",
    "damaged": "the same one; the database is damaged",
    "new": "a new one",
    "started once": "a new one on which a kiosk was started",
}


def _typed(options: Sequence[str]) -> str:
    if not options:
        return "nothing more"
    return f"`{' '.join(_TYPED.get(each, each) for each in options)}`"


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings,
    "reasons": reasons,
    "codes": codes,
    "own-routes": own_routes,
    "seed-routes": seed_routes,
    "roles": roles,
    "commands": commands,
    "restoring": restoring,
}


def renewed(text: str) -> str:
    """Return a page with its tables as the code has them now."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        if begin in text:
            before, _, rest = text.partition(begin)
            _, _, after = rest.partition(end)
            text = f"{before}{begin}\n{table()}{end}{after}"
    return text


def stale(folder: Path = FOLDER) -> list[Path]:
    """Return the pages whose tables are not what the code says."""
    return [
        page
        for page in sorted(folder.glob("*.md"))
        if (text := page.read_text(encoding="utf-8")) != renewed(text)
    ]


def _routes(routers: Iterable[APIRouter]) -> str:
    rows = []
    for router in routers:
        for route in router.routes:
            at: Any = route
            for method in sorted(at.methods):
                about = at.summary or _first_sentence(at.endpoint.__doc__ or "")
                rows.append((f"`{method} {at.path}`", _right(at), about))
    return _table(("Route", "Right", "What it does"), rows)


def _right(route: Any) -> str:
    """Return the right that :func:`kiosk.api.accounts.auth.require` was given for a route."""
    for needed in route.dependant.dependencies:
        known = inspect.getclosurevars(needed.call).nonlocals
        if "right" in known:
            return "none" if known["right"] is None else str(known["right"].value)
    raise ValueError(f"{route.path} asks for no right")


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None or value is PydanticUndefined or value == ():
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,g}".replace(",", "") if isinstance(value, float) else str(value)


def _permitted(field: FieldInfo) -> str:
    return re.sub(r"^a (whole )?number from ", "", permitted_values(field))


def _first_sentence(docstring: str) -> str:
    return " ".join(re.split(r"(?<=\.)\s", docstring.strip(), maxsplit=1)[0].split())


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    cells = [[cell.replace("|", r"\|").replace("<", r"\<") for cell in line] for line in lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def main() -> None:
    """Renew the pages that are stale."""
    for page in stale():
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"{page.relative_to(ROOT)} is renewed")


if __name__ == "__main__":
    main()
