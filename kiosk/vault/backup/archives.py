"""Archives: files that this kiosk can open again, and whoever knows their passphrase."""

from __future__ import annotations

import hmac
import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, BinaryIO

from kiosk.core.errors import BackupUnusable, InvalidInput, KeyUnavailable
from kiosk.vault.backup import header as headers
from kiosk.vault.backup import stream
from kiosk.vault.backup.header import Header
from kiosk.vault.identity import is_identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from kiosk.core.backup.backups import Facts
    from kiosk.core.keys.ports import KeyVault, KioskSecret

_KEY = 32
_KIND = "backup"
_EXPORT = "keys"
"""What the vault calls the keys that it exports."""


class SealedArchives:
    """Implements :class:`kiosk.core.backup.backups.Archiver`.

    Args:
        vault: the keys of this kiosk; asked when they are needed.
        vault_of: returns the keys of the kiosk with an identity, as far as they are on this
            machine; it never makes new ones.
        in_memory: returns keys that came as bytes, kept nowhere.
    """

    def __init__(
        self,
        vault: KeyVault,
        vault_of: Callable[[str], KeyVault],
        in_memory: Callable[[bytes], KeyVault],
    ) -> None:
        self._vault = vault
        self._vault_of = vault_of
        self._in_memory = in_memory

    @property
    def secret(self) -> KioskSecret:
        """Return the secret of the kiosk in whose name archives are made."""
        return self._vault.secret

    def known(self) -> frozenset[str]:
        """Return which kiosks the database in use may be of; see the port."""
        return self._vault.known()

    def seal(
        self,
        target: BinaryIO,
        facts: Mapping[str, str],
        pieces: Iterable[bytes],
        passphrase: str | None = None,
    ) -> None:
        """Write an archive; see the port."""
        file_key, wrapping = os.urandom(_KEY), self._vault.wrapping
        slots = {headers.KIOSK: wrapping.wrap(_KIND, file_key)}
        if passphrase is not None:
            carried = file_key + self._vault.carried()
            slots[headers.PASSPHRASE] = wrapping.wrap(_KIND, carried, passphrase)
        _write(target, Header.of(facts, slots), file_key, pieces)

    def reseal(
        self,
        source: BinaryIO,
        target: BinaryIO,
        changed: Mapping[str, str],
        pieces: Iterable[bytes],
    ) -> None:
        """Write an archive that opens as another one does; see the port."""
        header = Header.read(source)
        file_key = _file_key(header, self._own_vault(header))
        # Another salt, and so another key of the pieces: no nonce is used twice.
        _write(target, Header.of({**header.facts, **changed}, header.slots), file_key, pieces)

    def facts(self, source: BinaryIO) -> tuple[Facts, bool]:
        """Return what an archive says of itself, and whether a passphrase opens it."""
        header = Header.read(source)
        return header.facts, headers.PASSPHRASE in header.slots

    def open(
        self, source: BinaryIO, passphrase: str | None = None, exported: bytes | None = None
    ) -> _Opened:
        """Find the key of an archive; see the port."""
        header = Header.read(source)
        start = source.tell()
        if exported is not None:
            carried = self._vault.wrapping.unwrap(_EXPORT, exported, passphrase)
            brought = self._in_memory(carried)
            file_key = _file_key(header, brought)
        elif passphrase is not None:
            file_key, carried = self._with_passphrase(header, passphrase)
            brought = self._in_memory(carried)
            if not _opens_with(brought, header, file_key):
                raise BackupUnusable("The backup is damaged: it carries keys of something else.")
        else:
            own = self._own_vault(header)
            return self._opened(source, start, header, _file_key(header, own), own, None)
        if brought.secret.kiosk_id != _kiosk_of(header):
            raise BackupUnusable("The backup is damaged: it carries the keys of another kiosk.")
        here = self._own_for(header, file_key, brought)
        if here is None:
            return self._opened(source, start, header, file_key, brought, carried)
        return self._opened(source, start, header, file_key, here, None)

    def _opened(
        self,
        source: BinaryIO,
        start: int,
        header: Header,
        file_key: bytes,
        keys: KeyVault,
        carried: bytes | None,
    ) -> _Opened:
        kiosk_id = _kiosk_of(header)

        @contextmanager
        def keeping() -> Iterator[None]:
            with ExitStack() as taken_back:
                if carried is not None:
                    kept = self._vault_of(kiosk_id)
                    if kept.adopt(carried):
                        taken_back.callback(kept.withdraw)
                # Where the keys are it is known whose database was there: no other one is trusted.
                with self._vault.expecting(kiosk_id):
                    yield
                taken_back.pop_all()

        return _Opened(source, start, header, file_key, keys, keeping, keys_here=carried is None)

    def _own_for(self, header: Header, file_key: bytes, brought: KeyVault) -> KeyVault | None:
        """Return the keys of this machine to use in place of those that were brought, if any.

        Those that are on this machine win: one that was destroyed since the archive was made must
        not come back with it. And an archive that names their kiosk must be one of theirs: whoever
        knows its identity, which is no secret, could make one under a passphrase and keys of his
        own.

        Raises:
            BackupUnusable: it was not made with the keys of the kiosk that it names.
            KeyUnavailable: those keys are here, but cannot be read.
        """
        own = self._vault_of(_kiosk_of(header))
        if not own.exists():
            return None
        own.unlock()
        if not (_same_root(own, brought) and _opens_with(own, header, file_key)):
            raise BackupUnusable(
                "The backup says that it is of a kiosk whose keys are on this machine, but it was "
                "not made with them: somebody may have forged it.",
                hint="Use another backup. Only if those keys were lost and made anew since: "
                "restore it on a machine that has none of them.",
            )
        return own

    def _own_vault(self, header: Header) -> KeyVault:
        vault = self._vault_of(_kiosk_of(header))
        if not vault.exists():
            raise BackupUnusable(
                "The backup is of a kiosk whose keys are not on this machine.",
                hint="Give the passphrase with which it was made, or the exported keys of that "
                "kiosk with --keys.",
            )
        vault.unlock()
        return vault

    def _with_passphrase(self, header: Header, passphrase: str) -> tuple[bytes, bytes]:
        if headers.PASSPHRASE not in header.slots:
            raise BackupUnusable(
                "The backup was made without a passphrase.",
                hint="Use it where the keys of its kiosk are, or with their export.",
            )
        opened = self._vault.wrapping.unwrap(_KIND, header.slots[headers.PASSPHRASE], passphrase)
        return opened[:_KEY], opened[_KEY:]


class _Opened:
    """Implements :class:`kiosk.core.backup.backups.OpenedArchive`."""

    def __init__(
        self,
        source: BinaryIO,
        start: int,
        header: Header,
        file_key: bytes,
        keys: KeyVault,
        keeping: Callable[[], AbstractContextManager[None]],
        *,
        keys_here: bool,
    ) -> None:
        self._source = source
        self._start = start
        self._header = header
        self._file_key = file_key
        self._keeping = keeping
        self.keys = keys
        self.keys_here = keys_here

    @property
    def facts(self) -> Facts:
        return self._header.facts

    def pieces(self) -> Iterator[bytes]:
        self._source.seek(self._start)
        header = self._header
        return stream.read(self._source, header.stream_key(self._file_key), header.context)

    def keys_kept(self) -> AbstractContextManager[None]:
        return self._keeping()


def _write(target: BinaryIO, header: Header, file_key: bytes, pieces: Iterable[bytes]) -> None:
    target.write(header.raw)
    stream.write(target, header.stream_key(file_key), header.context, pieces)


def _file_key(header: Header, keys: KeyVault) -> bytes:
    try:
        return keys.wrapping.unwrap(_KIND, header.slots.get(headers.KIOSK, b""))
    except (InvalidInput, KeyUnavailable) as exc:
        raise BackupUnusable(
            "The backup is damaged, or it was made with other keys than those given."
        ) from exc


def _same_root(one: KeyVault, other: KeyVault) -> bool:
    """Return whether two have the same secret, which never changes while a kiosk lives."""
    purpose, said = "same root", b"backup"
    return hmac.compare_digest(one.secret.mac(purpose, said), other.secret.mac(purpose, said))


def _opens_with(keys: KeyVault, header: Header, file_key: bytes) -> bool:
    try:
        return hmac.compare_digest(_file_key(header, keys), file_key)
    except BackupUnusable:
        return False


def _kiosk_of(header: Header) -> str:
    kiosk_id = header.facts.get("kiosk_id", "")
    if not is_identity(kiosk_id):
        raise BackupUnusable("The backup is damaged: it does not say of which kiosk it is.")
    return kiosk_id
