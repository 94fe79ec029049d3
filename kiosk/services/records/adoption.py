"""Taking what decides over access as it is found, so that from then on it can be compared.

That is done when the records begin, for what an earlier version has stored; when an older database
was restored; and when an administrator has looked at what is different and says that it is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.services.accounts.accounts import adopted_account
from kiosk.services.accounts.api_keys import adopted_hash_of

if TYPE_CHECKING:
    from kiosk.core.keys.ports import KioskSecret
    from kiosk.core.ports import UnitOfWork

BEGUN, RESTORED, ACCEPTED = "records begun", "older database restored", "accepted"
"""Why, as records say it."""


def adopt(work: UnitOfWork, why: str, *, earlier: KioskSecret | None = None) -> int:
    """Record everything that decides over access as it is, within a transaction.

    Args:
        work: the transaction.
        why: :data:`BEGUN`, :data:`RESTORED` or :data:`ACCEPTED`.
        earlier: the secret of the kiosk, where the rows may be those of an earlier version: their
            hashes are bound to it. Not where somebody may have slipped in rows like those.

    Returns:
        How many rows there are.

    Raises:
        KeyUnavailable, StorageError: nothing was adopted.
    """
    if earlier is not None:
        for account in work.operators.all():
            work.operators.update(adopted_account(earlier, account))
        for key in work.api_keys.all():
            work.api_keys.set_hash(key.key_id, adopted_hash_of(earlier, key))
    state = work.access.read()
    work.audit.append(AuditEvent(AuditAction.STATE_ADOPTED, None, {"why": why, "rows": len(state)}))
    for thing, facts in sorted(state.items()):
        details = {"kind": thing.kind.value, **facts}
        work.audit.append(AuditEvent(AuditAction.STATE_FOUND, thing.name, details))
    return len(state)
