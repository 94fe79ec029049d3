"""Writing and reading backup files: a sealed archive around a copy of the database.

The first piece of an archive is its list of contents, as JSON: ``size`` and ``sha256`` of the
database, and ``people``, a keyed hash of each ID in it, so that an erasure finds the backups that
hold somebody without unpacking them. What follows is the SQLite file.
"""

from __future__ import annotations

import errno
import json
import os
import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from kiosk.core.backup.backups import BackupInfo, BackupReason
from kiosk.core.errors import BackupUnusable
from kiosk.installation import version
from kiosk.storage.backup import working_copy as copies
from kiosk.storage.database import files

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from kiosk.core.backup.backups import Archiver, Facts, OpenedArchive
    from kiosk.core.keys.ports import KioskSecret

NO_SCHEMA = "empty"
_PURPOSE = "backup-person"
_HASH_BYTES = 16


@dataclass(frozen=True)
class Manifest:
    """The list of contents of a backup.

    Attributes:
        size: bytes of the database.
        sha256: of the database, hexadecimal.
        people: see :func:`person_hash`.
    """

    size: int
    sha256: str
    people: frozenset[str]

    @classmethod
    def of(cls, copy: Path, secret: KioskSecret) -> Manifest:
        """Return the list of contents of an unpacked database."""
        sha256, size = copies.digest_of(copies.pieces_of(copy))
        return cls(size, sha256, frozenset(person_hash(secret, each) for each in ids_in(copy)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Return what was written.

        Raises:
            BackupUnusable: it cannot be read.
        """
        try:
            found = json.loads(data)
            return cls(int(found["size"]), str(found["sha256"]), frozenset(found["people"]))
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as exc:
            raise BackupUnusable("The backup is damaged: it does not say what it holds.") from exc

    def to_bytes(self) -> bytes:
        """Return the list as JSON."""
        fields = {"size": self.size, "sha256": self.sha256, "people": sorted(self.people)}
        return json.dumps(fields, separators=(",", ":")).encode()


def person_hash(secret: KioskSecret, user_id: str) -> str:
    """Return what stands for a person in the list of contents."""
    return secret.mac(_PURPOSE, user_id.encode())[:_HASH_BYTES].hex()


def pack(
    copy: Path,
    target: Path,
    archiver: Archiver,
    facts: Facts,
    *,
    passphrase: str | None = None,
    part: Path | None = None,
) -> BackupInfo:
    """Seal an unpacked database, and read all of the backup again.

    The backup appears under its name only when it is complete and on the disk.

    Args:
        copy: one sound file.
        target: the backup.
        archiver: seals it.
        facts: see :func:`facts_of`.
        passphrase: opens it, too.
        part: where it is written before; beside the target by default.

    Raises:
        KioskError, OSError, sqlite3.Error: there is no backup.
    """
    manifest = Manifest.of(copy, archiver.secret)
    with replacing(target, part) as written:
        with written.open("r+b") as file:
            pieces = chain([manifest.to_bytes()], copies.pieces_of(copy))
            archiver.seal(file, facts, pieces, passphrase)
            _sync(file)
        require_whole(written, archiver)
    return read_info(target, archiver)


def back_up_before_migration(
    database: Path, folder: Path, archiver: Archiver, timeout: float
) -> BackupInfo:
    """Make a backup for whoever holds the lock of the database, about to change its schema.

    Former ones are deleted only where no audit records can be damaged: a backup of damaged ones
    cannot be restored.

    Raises:
        KioskError, OSError, sqlite3.Error: there is none, so nothing may be changed.
    """
    reason = BackupReason.MIGRATION
    with copies.migration_workshop(folder) as copy:
        made_at = datetime.now(UTC)
        copies.copy_out(database, copy, timeout)
        facts = facts_of(copy, archiver, reason, made_at)
        target = folder / name_of(database, reason, made_at)
        made = pack(copy, target, archiver, facts, part=copies.part_of(copy))
        recorded = _keeps_records(copy)
    if not recorded:  # whether records are as they were written is not known here
        prune(database, folder, reason, files.BACKUPS_KEPT)
    return made


def facts_of(copy: Path, archiver: Archiver, reason: BackupReason, made_at: datetime) -> Facts:
    """Return what a backup says of itself to whoever reads it."""
    return {
        "kiosk_id": archiver.secret.kiosk_id,
        "made_at": made_at.isoformat(),
        "schema": revision_of(copy),
        "program": version(),
        "reason": reason.value,
    }


def name_of(database: Path, reason: BackupReason, made_at: datetime) -> str:
    """Return the name of a backup in the folder of backups; names sort by age."""
    return f"{database.stem}-{made_at:%Y%m%dT%H%M%S_%fZ}-{reason}{files.SEALED}"


def repack(copy: Path, file: Path, archiver: Archiver) -> None:
    """Put an unpacked database into a backup, in the place of what was there.

    Raises:
        KioskError, OSError: the backup stays as it was.
    """
    manifest = Manifest.of(copy, archiver.secret)
    with replacing(file, copies.part_of(copy) if file.parent == copy.parent else None) as part:
        with file.open("rb") as source, part.open("r+b") as target:
            pieces = chain([manifest.to_bytes()], copies.pieces_of(copy))
            archiver.reseal(source, target, {"schema": revision_of(copy)}, pieces)
            _sync(target)
        require_whole(part, archiver)


def unpack(opened: OpenedArchive, copy: Path) -> Manifest:
    """Write the database of an archive to a private file, and check what came out.

    Raises:
        BackupUnusable: it was altered or is damaged.
        OSError: it cannot be written.
    """
    pieces = opened.pieces()
    manifest = Manifest.from_bytes(next(pieces, b""))
    files.make_private_file(copy)
    with copy.open("r+b") as target:
        found = copies.digest_of(_written(pieces, target))
        _sync(target)
    _require_same(manifest, found)
    copies.require_sound_copy(copy)
    return manifest


def require_whole(file: Path, archiver: Archiver) -> Manifest:
    """Decrypt a backup without keeping anything of it; return its list of contents.

    Raises:
        BackupUnusable: it was altered or is damaged.
        OSError: it cannot be read.
    """
    with file.open("rb") as source:
        pieces = archiver.open(source).pieces()
        manifest = Manifest.from_bytes(next(pieces, b""))
        _require_same(manifest, copies.digest_of(pieces))
    return manifest


def read_manifest(file: Path, archiver: Archiver) -> tuple[Manifest, KioskSecret]:
    """Return the list of contents of a backup, and the secret that its hashes were made with.

    Raises:
        BackupUnusable: it cannot be opened by this kiosk.
        OSError: it cannot be read.
    """
    with file.open("rb") as source:
        opened = archiver.open(source)
        return Manifest.from_bytes(next(opened.pieces(), b"")), opened.keys.secret


def read_info(file: Path, archiver: Archiver) -> BackupInfo:
    """Return what can be read of a backup without a key.

    Raises:
        BackupUnusable: it is no backup.
        OSError: it cannot be read.
    """
    with file.open("rb") as source:
        facts, passphrase = archiver.facts(source)
        size = os.fstat(source.fileno()).st_size
    try:
        return BackupInfo(
            file=file,
            made_at=datetime.fromisoformat(facts["made_at"]).astimezone(UTC),
            kiosk_id=facts["kiosk_id"],
            schema=facts["schema"],
            program=facts["program"],
            reason=BackupReason(facts["reason"]),
            size=size,
            passphrase=passphrase,
        )
    except (KeyError, ValueError) as exc:
        raise BackupUnusable("The backup is damaged: its header cannot be read.") from exc


def prune(database: Path, folder: Path, reason: BackupReason, keep: int) -> None:
    """Delete the oldest backups of a reason in the folder; the newest are kept.

    Raises:
        OSError: one of them cannot be deleted.
    """
    found = files.sealed_backups(database, folder, reason)
    for old in found[: max(0, len(found) - keep)]:
        old.unlink(missing_ok=True)


def all_in(database: Path, folder: Path) -> list[Path]:
    """Return the sealed backups of a database in a folder, oldest first."""
    return files.sealed_backups(database, folder)


def revision_of(copy: Path) -> str:
    """Return the revision of the schema of an unpacked database."""
    with closing(files.open_existing(copy, 1.0)) as connection:
        if "alembic_version" not in _tables(connection):
            return NO_SCHEMA
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else NO_SCHEMA


def identify(copy: Path, kiosk_id: str) -> None:
    """Say in an unpacked database of an earlier version whose it is."""
    from kiosk.storage.database.engine import migration_engine
    from kiosk.storage.database.identity import ensure_identity

    with migration_engine(copy, 1.0).begin() as connection:
        ensure_identity(connection)
        connection.exec_driver_sql("UPDATE kiosk_identity SET kiosk_id = ?", (kiosk_id,))


def ids_in(copy: Path) -> set[str]:
    """Return every ID under which something is stored that an erasure removes."""
    with closing(files.open_existing(copy, 1.0)) as connection:
        present = _tables(connection) & {"person", "attempt"}
        return {
            str(row[0])
            for table in present
            for row in connection.execute(f"SELECT DISTINCT user_id FROM {table}")  # noqa: S608
        }


@contextmanager
def replacing(target: Path, part: Path | None = None) -> Iterator[Path]:
    """Lend an empty private file that takes the place of another one when the block succeeds.

    Args:
        target: what is replaced, or made.
        part: the file; one of a random name beside the target by default.

    Raises:
        OSError: it cannot be created, or not put in place.
    """
    part = part or target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        files.make_private_file(part)
        yield part
        part.replace(target)
        sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable.

    Raises:
        OSError: the disk failed.
    """
    if os.name != "posix":  # elsewhere a folder cannot be opened, and the rename is durable
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as exc:
        if exc.errno != errno.EINVAL:  # file systems of other systems cannot do it for folders
            raise
    finally:
        os.close(descriptor)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _written(pieces: Iterator[bytes], target: BinaryIO) -> Iterator[bytes]:
    for piece in pieces:
        target.write(piece)
        yield piece


def _require_same(manifest: Manifest, found: tuple[str, int]) -> None:
    if found != (manifest.sha256, manifest.size):
        raise BackupUnusable("The backup is damaged: the database in it is another one.")


def _keeps_records(copy: Path) -> bool:
    with closing(files.open_existing(copy, 1.0)) as connection:
        return "audit" in _tables(connection)


def _tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {str(row[0]) for row in rows}
