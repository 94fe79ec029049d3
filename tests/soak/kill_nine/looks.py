"""Looking at a kiosk after a kill: started as anybody would start it, then read from end to end."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tests.soak.kill_nine.account import CHAIN, DAMAGE, HALF, OTHER
from tests.soak.kill_nine.forked import ask
from tests.soak.kill_nine.world import versions

if TYPE_CHECKING:
    from kiosk.core.ports import UnitOfWork
    from kiosk.services.facade import Kiosk
    from tests.soak.kill_nine.account import Account
    from tests.soak.kill_nine.forked import Teller
    from tests.soak.kill_nine.world import World

_PAGE = 1000
_ORPHANS = {
    "takes of no voiceprint": "SELECT count(*) FROM take WHERE voiceprint_id NOT IN "
    "(SELECT id FROM voiceprint)",
    "voiceprints of nobody": "SELECT count(*) FROM voiceprint WHERE person_id NOT IN "
    "(SELECT id FROM person)",
    "voiceprints without takes": "SELECT count(*) FROM voiceprint WHERE id NOT IN "
    "(SELECT voiceprint_id FROM take)",
    "receipts of nobody": "SELECT count(*) FROM consent_receipt WHERE person_id NOT IN "
    "(SELECT id FROM person)",
    "takes in the clear": "SELECT count(*) FROM take WHERE key_id IS NULL",
    "keys in use, other than one": "SELECT abs(count(*) - 1) FROM template_key "
    "WHERE state = 'active'",
    "keys that still retire": "SELECT count(*) FROM template_key WHERE state = 'retiring'",
}


@dataclass
class Look:
    """What was seen.

    Attributes:
        versions: see :func:`tests.soak.kill_nine.world.versions`.
        records: how often each action was recorded of each subject, as ``action subject``.
        sequence: actions of the newest records, the newest first.
        faults: what is wrong whatever was done, with its kind.
        keys: template keys that are kept.
        backups: names of the backups in the folder.
    """

    versions: dict[str, int | str] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)
    sequence: list[str] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    keys: int = 0
    backups: list[str] = field(default_factory=list)

    @property
    def broken(self) -> dict[str, str]:
        """Return who is not whole, and why."""
        return {who: what for who, what in self.versions.items() if isinstance(what, str)}


def look(world: World, account: Account, *, receipts: bool = True) -> Look | None:
    """Start the kiosk in a child and read all of it; None when it does not even start.

    Args:
        world: the kiosk.
        account: where faults are noted.
        receipts: whether everybody must have a receipt of the consent; earlier versions kept none.
    """

    def work(teller: Teller) -> None:
        with world.opened() as kiosk:
            teller.answers(asdict(seen(kiosk, world, receipts=receipts)))

    answer, failure = ask(work)
    if failure is not None or answer is None:
        account.fault(DAMAGE, f"the kiosk does not start after the kill: {failure}")
        return None
    found = Look(**answer)
    for kind, text in found.faults:
        account.fault(kind, text)
    for who, what in found.broken.items():
        account.fault(HALF, f"{who}: {what}")
    return found


def seen(kiosk: Kiosk, world: World, *, receipts: bool = True) -> Look:
    """Read everything there is."""
    found = Look()
    model_id = kiosk.models.chosen()
    with _unit(kiosk) as work:
        found.versions = versions(work, model_id, receipts=receipts)
        found.records, found.sequence = _recorded(work)
    verdict = kiosk.audit.verify()
    if verdict.broken is not None:
        found.faults.append((CHAIN, verdict.broken.text))
    found.faults += _of_file(world)
    found.keys = len([each for each in kiosk.keys.report().keys if each.present])
    found.backups = [each.file.name for each in kiosk.backups.all()]
    left = [
        path.name for path in world.data.rglob("*") if path.name.startswith((".working", ".mi"))
    ]
    if left:
        found.faults.append((OTHER, f"left behind: {', '.join(left)}"))
    return found


def _of_file(world: World) -> list[tuple[str, str]]:
    faults = []
    with closing(sqlite3.connect(f"{world.database.as_uri()}?mode=ro", uri=True)) as connection:
        sound = connection.execute("PRAGMA integrity_check").fetchall()
        if sound != [("ok",)]:
            faults.append((DAMAGE, f"integrity_check: {sound[0][0]}"))
        for what, query in _ORPHANS.items():
            (count,) = connection.execute(query).fetchone()
            if count:
                faults.append((HALF, f"{count} {what}"))
    return faults


def _recorded(work: UnitOfWork) -> tuple[dict[str, int], list[str]]:
    counted: Counter[str] = Counter()
    sequence: list[str] = []
    after = 0
    while page := work.audit.page(after, _PAGE):
        counted.update(f"{record.action} {record.subject}" for record in page)
        sequence += [record.action for record in page]
        after = page[-1].seq
    return dict(counted), sequence[:-20:-1]


def _unit(kiosk: Kiosk) -> Any:
    # The facade shows use-cases only; the soak reads beneath them.
    return kiosk.audit._uow()
