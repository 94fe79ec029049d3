"""What is in the database of a backup, and what is done before it can take the place of another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.core.backup.backups import Contents
from kiosk.core.errors import (
    BackupUnusable,
    DatabaseCorrupt,
    KeyUnavailable,
    StorageError,
    TemplateUnreadable,
)
from kiosk.core.keys.ports import TemplateKey
from kiosk.core.records.audit import Tail
from kiosk.services.keys.steps import ACTIVE, DESTROYED, RETIRING
from kiosk.services.records.whole_chain import verify_chain

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kiosk.core.backup.ports import OpenedBackup
    from kiosk.core.keys.ports import KeyVault, KioskSecret
    from kiosk.core.ports import UnitOfWork, UnitOfWorkFactory
    from kiosk.core.records.chain import Chain


def contents_of(backup: OpenedBackup, chain_of: Callable[[KioskSecret], Chain]) -> Contents:
    """Look through all of a backup: every record, and every voiceprint is opened.

    Args:
        backup: brought up to this day; see :func:`bring_up`.
        chain_of: makes the audit chain of a kiosk from its secret.

    Raises:
        BackupUnusable: its audit records are missing, or not as they were written.
    """
    verdict = verify_chain(backup.database, chain_of(backup.keys.secret))
    with backup.database() as work:
        if work.audit.tail() == Tail():
            # Only earlier versions recorded nothing.
            if not backup.unrecorded:
                raise BackupUnusable("The backup is damaged: it holds no audit records.")
        elif verdict.broken is not None:
            raise BackupUnusable(
                f"The audit records in the backup were changed: {verdict.broken.text}"
            )
        people, voiceprints, unreadable = _opened(work)
    last_at = None if verdict.last is None else verdict.last.at
    return Contents(people, voiceprints, unreadable, verdict.records, last_at, verdict.differences)


def require_wanted(backup: OpenedBackup, *, other_kiosk: bool) -> None:
    """Refuse a backup of another kiosk, unless that is wanted.

    Raises:
        BackupUnusable: it is of another kiosk.
    """
    if backup.foreign and not other_kiosk:
        raise BackupUnusable(
            f"The backup is of another kiosk, {backup.info.kiosk_id}, and nothing here shows who "
            "made it.",
            hint="If it is the one that you want, add --other-kiosk. Restored, it takes the place "
            "of the accounts, API keys, PINs, badges, settings and audit records of this kiosk, "
            "and this kiosk's own backups are then those of another one.",
        )


def present_contents(database: UnitOfWorkFactory) -> Contents | None:
    """Return what is in the database in use, without opening a voiceprint; None: unreadable."""
    try:
        with database() as work:
            tail = work.audit.tail()
            newest = work.audit.page(tail.seq - 1, 1)
            summaries = work.people.summaries()
    except StorageError:
        return None
    return Contents(
        len(summaries),
        sum(len(each.model_ids) for each in summaries),
        records=tail.seq,
        last_record_at=newest[0].at if newest else None,
    )


def bring_up(backup: OpenedBackup, now: datetime) -> None:
    """Let a database of another day agree with the keys of today.

    Args:
        backup: unpacked.
        now: when keys that are gone were found destroyed.

    Raises:
        BackupUnusable: it holds voiceprints in the clear: those of earlier versions were sealed
            when it was brought to the present schema.
    """
    with backup.database() as work:
        if work.sealed_rows.counts().get(None):
            # Sealed now, it would be one that this kiosk vouches for.
            raise BackupUnusable(
                "The backup holds voiceprints that are not encrypted: somebody has put them there.",
                hint="Use another backup.",
            )
        _reconcile(work, backup.keys, lambda key: replace(key, destroyed_at=now))
        work.commit()


def _reconcile(
    work: UnitOfWork, keys: KeyVault, destroyed: Callable[[TemplateKey], TemplateKey]
) -> None:
    """Record the keys as they are now: an old database knows of keys that are gone since."""
    active, present = keys.box.key_id, set(keys.key_ids())
    records = {each.key_id: each for each in work.template_keys.all()}
    for key_id, record in records.items():
        if key_id == active:
            continue
        if key_id in present:
            work.template_keys.put(replace(record, state=RETIRING))
        elif record.state != DESTROYED:
            work.template_keys.put(destroyed(replace(record, state=DESTROYED)))
    work.template_keys.put(TemplateKey(active, ACTIVE, keys.created_at(active)))


def _opened(work: UnitOfWork) -> tuple[int, int, tuple[str, ...]]:
    """Open every voiceprint; return people, voiceprints, and whose cannot be opened."""
    summaries = work.people.summaries()
    voiceprints, unreadable = 0, set()
    for model_id in sorted({model for each in summaries for model in each.model_ids}):
        whose = [each.person.user_id for each in summaries if model_id in each.model_ids]
        try:
            voiceprints += len(work.people.voiceprints(model_id))
        except (DatabaseCorrupt, KeyUnavailable, TemplateUnreadable):
            broken = {user_id for user_id in whose if not _opens(work, user_id, model_id)}
            unreadable |= broken
            voiceprints += len(whose) - len(broken)
    return len(summaries), voiceprints, tuple(sorted(unreadable))


def _opens(work: UnitOfWork, user_id: str, model_id: str) -> bool:
    try:
        return work.people.voiceprint(user_id, model_id) is not None
    except (DatabaseCorrupt, KeyUnavailable, TemplateUnreadable):
        return False
