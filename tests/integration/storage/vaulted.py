"""A database with real keys and the real backups of it, in folders of a test."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import Actor, Role, acting_as
from kiosk.core.records.chain import Chain
from kiosk.services.backup.backups import Backups
from kiosk.services.keys.keys import Keys
from kiosk.storage.backup.backups import SqliteBackups
from kiosk.storage.sqlite import SqlDatabase
from kiosk.vault.backup.archives import SealedArchives
from kiosk.vault.backup.elsewhere import in_memory, vault_of
from kiosk.vault.memory import Memory
from kiosk.vault.places import Choice
from kiosk.vault.vault import Vault
from tests.fakes.clock import FixedClock
from tests.fakes.records.activity import FakeActivityLog
from tests.fakes.samples import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kiosk.core.keys.ports import KeyVault, KioskSecret

PASSPHRASE = "correct horse battery staple"
ADMINISTRATOR = Actor("console:test", Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Vaulted:
    """The storage of one kiosk."""

    database: SqlDatabase
    vault: Vault
    archives: SealedArchives
    store: SqliteBackups
    backups: Backups
    keys: Keys
    activity: FakeActivityLog

    @property
    def file(self) -> Path:
        return self.database.file


def vaulted(data: Path, keys: Path, clock: FixedClock | None = None) -> Vaulted:
    """Wire the storage of a kiosk: its database in one folder, its keys in another one."""
    clock, activity = clock or FixedClock(), FakeActivityLog()
    choice = Choice("file", None, keys)

    def chain_of(secret: KioskSecret) -> Chain:
        return Chain(secret, clock.now, "test")

    def database_at(file: Path, unpacked: KeyVault) -> SqlDatabase:
        return SqlDatabase(file, box=unpacked.box, chain=chain_of(unpacked.secret))

    memory = Memory(choice, str(data / "kiosk.db"))
    vault = Vault(choice, lambda: database.keys_needed(), clock, memory=memory)
    archives = SealedArchives(
        vault, lambda kiosk_id: vault_of(kiosk_id, choice, clock), lambda c: in_memory(c, clock)
    )
    chain = chain_of(vault.secret)
    database = SqlDatabase(data / "kiosk.db", box=vault.box, chain=chain, archiver=archives)
    store = SqliteBackups(database, archives, database_at)
    backups = Backups(store, database, chain_of, clock, activity, chain=chain)
    return Vaulted(
        database,
        vault,
        archives,
        store,
        backups,
        Keys(database, vault, clock, activity, chain=chain),
        activity,
    )


@contextmanager
def started(data: Path, keys: Path) -> Iterator[Vaulted]:
    """Start the storage of a kiosk as an administrator."""
    made = vaulted(data, keys)
    with acting_as(ADMINISTRATOR):
        made.keys.prepare()
        made.keys.begin()
        try:
            yield made
        finally:
            made.database.close()


def people(kiosk: Vaulted) -> list[str]:
    """Return everybody, each of whom has a voiceprint that opens."""
    with kiosk.database() as unit:
        assert len(unit.people.voiceprints(MODEL)) == len(unit.people.user_ids())
        return unit.people.user_ids()


def actions(kiosk: Vaulted) -> list[str]:
    """Return what was recorded, in order."""
    with kiosk.database() as unit:
        return [record.action for record in unit.audit.page(0, 100)]


def digest(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file in a folder, but of those that reading changes."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.endswith(("-shm", "-wal", ".lock"))
    }
