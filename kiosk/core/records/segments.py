"""Beginning the audit chain anew where what was recorded before cannot be mended.

A record that was changed or removed stays so, and records that were chained under a lost key can
never be checked again. When an administrator accepts that, a record
:attr:`kiosk.core.records.audit.AuditAction.CHAIN_BEGUN` is written that is linked to none before
it. It says its own number as ``from``, under its mac, so it begins the chain nowhere else; the
records from there on are checked, and those before it are named as not checked for as long as they
exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.errors import DatabaseCorrupt
from kiosk.core.records.audit import AuditAction

if TYPE_CHECKING:
    from kiosk.core.records.audit import Anchor, AuditRecord
    from kiosk.core.records.chain import Chain
    from kiosk.core.records.ports import AuditTrail

ACCEPTED, KEY_LOST = "accepted", "key lost"
"""Why, as the record says it."""


def last_beginning(trail: AuditTrail, chain: Chain) -> AuditRecord | None:
    """Return the record with which the chain was begun anew for the last time.

    Args:
        trail: the records.
        chain: of this kiosk; what others have written begins nothing.

    Returns:
        None where it was never begun anew, or that record cannot be read: everything is checked
        from the first record on then.

    Raises:
        KeyUnavailable: the secret that chains records is not there.
    """
    try:
        links = trail.linked((AuditAction.CHAIN_BEGUN.value,), 0)
    except DatabaseCorrupt:
        return None
    return next((each for _, each in reversed(links) if chain.begins(each)), None)


def is_accepted(anchor: Anchor, begun: AuditRecord | None) -> bool:
    """Return whether an anchor is of what was given up when the chain was begun anew.

    Args:
        anchor: of a record that is not there, or not as it was anchored.
        begun: see :func:`last_beginning`.
    """
    return begun is not None and (anchor.seq < begun.seq or anchor.at <= begun.at)


def notice_of(begun: AuditRecord) -> str:
    """Return one plain sentence about the records before; see :func:`last_beginning`."""
    day = f"{begun.at:%Y-%m-%d %H:%M} UTC"
    before = (
        "Everything that was recorded before is gone"
        if begun.seq == 1
        else "Record 1, which came before, is not checked"
        if begun.seq == 2
        else f"Records 1 to {begun.seq - 1} are not checked"
    )
    why = (
        "their key was lost, and the records were started again by"
        if begun.details.get("why") == KEY_LOST
        else "they were accepted as they are by"
    )
    return f"{before}: {why} {begun.actor} on {day}."
