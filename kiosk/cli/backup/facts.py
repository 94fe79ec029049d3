"""What the commands about backups say of one, in words and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kiosk.cli.output import warn

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.backup.backups import BackupInfo, Contents
    from kiosk.services.backup.results import Checked


def serves(info: BackupInfo) -> dict[str, list[str]]:
    """Return on which machines a backup can be restored, and the options that this needs."""
    brought = ["--passphrase"] if info.passphrase else ["--keys"]
    return {
        "same": [],
        "deleted": [],
        "damaged": [],
        "new": brought,
        "started once": [*brought, "--other-kiosk"],
    }


def described(info: BackupInfo) -> dict[str, Any]:
    """Return what is known of a backup, as JSON."""
    return {
        "file": str(info.file),
        "made_at": info.made_at.isoformat(),
        "reason": info.reason.value,
        "kiosk_id": info.kiosk_id,
        "schema": info.schema,
        "program": info.program,
        "size": info.size,
        "passphrase": info.passphrase,
    }


def counted(contents: Contents) -> dict[str, Any]:
    """Return what is in a backup, as JSON."""
    last = contents.last_record_at
    return {
        "people": contents.people,
        "voiceprints": contents.voiceprints,
        "unreadable": list(contents.unreadable),
        "audit_records": contents.records,
        "last_record_at": None if last is None else last.isoformat(),
        "differences": list(contents.differences),
    }


def facts(checked: Checked, *, tried: bool) -> list[tuple[str, str]]:
    """Return what is known of a backup that was checked.

    Args:
        checked: the backup.
        tried: whether a passphrase opened it.
    """
    info, contents = checked.info, checked.contents
    if info.passphrase:
        brought = "with its passphrase" + ("" if tried else ", which was not tried")
    else:
        brought = "with exported keys of its kiosk only (--keys)" + (", as now" if tried else "")
    here = "as it is, also when the database is deleted or damaged"
    return [
        ("Made", f"{when(info.made_at)} ({info.reason.value})"),
        ("Kiosk", info.kiosk_id),
        ("Schema", info.schema),
        ("Program", info.program),
        ("People", str(contents.people)),
        ("Voiceprints", f"{contents.voiceprints}, each opened"),
        ("Audit records", f"{contents.records}, chain whole"),
        ("Where its keys are", here + (": they are here" if checked.keys_here else ": not here")),
        ("On a new machine", brought),
        ("Where a kiosk was started", f"{brought}, and --other-kiosk; nobody enrolled there"),
    ]


def words(contents: Contents) -> str:
    """Return what is in a database, for whoever must decide between two."""
    people = f"{contents.people} {'person' if contents.people == 1 else 'people'}"
    if contents.last_record_at is None:
        return people
    return f"{people}, last change {when(contents.last_record_at)}"


def tell(contents: Contents) -> None:
    """Warn of what is wrong in a backup."""
    for text in contents.differences:
        warn(text)
    if contents.unreadable:
        warn(
            "No key of this machine opens the voiceprints of these people, who must be enrolled "
            f"again: {', '.join(contents.unreadable)}."
        )


def when(moment: datetime) -> str:
    """Return a moment in local time, as people on the spot read it."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
