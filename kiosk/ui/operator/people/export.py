"""Writes what is kept about a person into files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kiosk.ui.operator.export_target import ExportTarget

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kiosk.services.people.directory import Directory


def write_export(people: Directory, user_id: str, path: Path, guarded: Iterable[Path]) -> None:
    """Write what is kept about a person as JSON, and recordings that are kept beside it; recorded.

    Args:
        people: knows what is kept.
        user_id: of the person.
        path: the file; recordings are named after it, ``<its stem>-take-<number>.wav``.
        guarded: the kiosk's own folders.

    Raises:
        UnknownUser: nobody has that ID.
        InvalidInput: nothing may or can be written there; then nothing is.
        NotPermitted: who acts may not export it.
    """
    # Before anything is read: what cannot be written is no export, and not recorded as one.
    target = ExportTarget(path, ".json", guarded)
    text = json.dumps(people.export(user_id), ensure_ascii=False, indent=2) + "\n"
    takes = people.recordings(user_id)
    named = {f"{path.stem}-take-{number}.wav": data for number, data in enumerate(takes, 1)}
    target.write(text.encode(), named)
