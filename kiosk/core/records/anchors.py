"""Which anchors may be of records that are not there any more: those that a restore explains.

A restored backup takes the place of newer records. Its own record, which is chained like any other,
says which anchor was the newest at that moment, so that it explains everything that had been
anchored by then, also where the clock has been put back since.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kiosk.core.errors import InvalidInput
from kiosk.core.records.segments import is_accepted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kiosk.core.records.audit import Anchor, AuditRecord
    from kiosk.core.records.ports import AnchorFile

NEWEST = "newest_anchor"
"""Name of the detail of a restore, or a new beginning, that says which anchor was the newest."""
_PUTTING_IN_PLACE = timedelta(minutes=1)
"""For so long after its record others may go on with what a restore replaces."""


def noted(file: AnchorFile | None) -> dict[str, str | None]:
    """Return the detail of a restore, or a new beginning, that is about to be recorded.

    Args:
        file: where anchors are written by themselves.
    """
    try:
        newest = None if file is None else file.last()
    except InvalidInput:
        newest = None
    return {NEWEST: None if newest is None else _mark(newest)}


def unexplained(
    anchors: Sequence[Anchor],
    gone: Iterable[Anchor],
    restores: Iterable[AuditRecord],
    begun: AuditRecord | None,
) -> list[Anchor]:
    """Return the anchors of records that an earlier copy of the database has replaced.

    Args:
        anchors: all, in the order in which they were written; first those that the kiosk has
            written by itself.
        gone: those of them whose record is not there, or not as it was anchored.
        restores: the records of restored backups, as they were written.
        begun: see :func:`kiosk.core.records.segments.last_beginning`.

    Returns:
        Some of ``gone``, in its order.
    """
    place: dict[str, int] = {}
    for number, anchor in enumerate(anchors):
        place.setdefault(_mark(anchor), number)
    # Whatever was anchored by then: which numbers are still there says nothing where a backup was
    # restored, and then the one of what that had replaced.
    explaining = [(each.at, place.get(str(each.details.get(NEWEST)), -1)) for each in restores]
    accepted = -1 if begun is None else place.get(str(begun.details.get(NEWEST)), -1)
    return [
        anchor
        for anchor in gone
        if not (is_accepted(anchor, begun) or accepted >= place[_mark(anchor)])
        and not any(
            at + _PUTTING_IN_PLACE >= anchor.at or newest >= place[_mark(anchor)]
            for at, newest in explaining
        )
    ]


def _mark(anchor: Anchor) -> str:
    return f"{anchor.seq},{anchor.mac}"
