"""What the database says of keys, and what is recorded of them; each within one unit of work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.errors import KeyUnavailable
from kiosk.core.records.audit import AuditAction, AuditEvent, AuditQuery, Tail
from kiosk.core.records.segments import KEY_LOST

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kiosk.core.keys.ports import TemplateKey
    from kiosk.core.ports import UnitOfWork
    from kiosk.core.records.audit import Detail
    from kiosk.core.records.chain import Chain

ACTIVE, RETIRING, DESTROYED = "active", "retiring", "destroyed"


def active_of(records: Sequence[TemplateKey]) -> TemplateKey:
    """Return the key that seals.

    Raises:
        KeyUnavailable: there is none, or there are several.
    """
    found = [each for each in records if each.state == ACTIVE]
    if len(found) != 1:
        raise KeyUnavailable("The record of keys is damaged.", hint="Restore a backup.")
    return found[0]


def require_held(
    records: Sequence[TemplateKey], sealing: Collection[str], present: Collection[str]
) -> set[str]:
    """Return the keys that are recorded as destroyed.

    Args:
        records: of all keys.
        sealing: keys that seal something.
        present: keys that the vault has.

    Raises:
        KeyUnavailable: one that is needed is missing, or is recorded as destroyed.
    """
    needed = {*sealing, active_of(records).key_id}
    missing = sorted(needed.difference(present))
    if missing:
        raise KeyUnavailable(
            f"A template key of this kiosk is missing: {', '.join(missing)}.",
            hint="Import an export with 'kiosk keys import'. Without one, 'kiosk keys revoke' "
            "starts again, and everyone must be enrolled again.",
        )
    gone = {each.key_id for each in records if each.state == DESTROYED}
    if gone & needed:
        # No key is recorded so before it seals nothing: destroying it now would be final.
        raise KeyUnavailable(
            f"The database says that the template key {min(gone & needed)} was destroyed, but "
            "holds what only that key opens: somebody has altered it.",
            hint="Restore a backup with 'kiosk backup restore'.",
        )
    return gone


def begin_records_anew(work: UnitOfWork, chain: Chain) -> None:
    """Begin the audit chain anew where its key was lost; also when killed since it was renewed.

    A kiosk whose keys know of no records has just got them. Every other broken chain is for
    :meth:`kiosk.services.records.audit.Audit.accept`.
    """
    tail = work.audit.tail()
    if tail != Tail() and not chain.begun and not chain.ends_as_left(tail):
        work.audit.append(AuditEvent(AuditAction.CHAIN_BEGUN, None, {"why": KEY_LOST}))


def record_sealed(work: UnitOfWork, copies: int) -> int:
    """Record the voiceprints that were in the clear as they are now, and how many copies were.

    Returns:
        Of how many people they are.
    """
    sealed = AuditQuery(actions=(AuditAction.TEMPLATES_SEALED,), limit=1)
    # Once: what was changed since must not be recorded as if it had been so all along.
    enrolled = {} if work.audit.find(sealed) else work.people.enrollments()
    for user_id, ids in enrolled.items():
        details: dict[str, Detail] = {"voiceprint": ids}
        work.audit.append(AuditEvent(AuditAction.TEMPLATES_SEALED, user_id, details))
    if enrolled or copies:
        counts: dict[str, Detail] = {"people": len(enrolled), "copies": copies}
        work.audit.append(AuditEvent(AuditAction.TEMPLATES_SEALED, details=counts))
    return len(enrolled)
