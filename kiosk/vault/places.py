"""Where the keys are kept: the system's keyring, a private file, or under a systemd credential."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kiosk.core.errors import KeyUnavailable
from kiosk.vault import files
from kiosk.vault.derivation import canonical, derived
from kiosk.vault.identity import is_identity

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from keyring.backend import KeyringBackend

_SERVICE = "voice-kiosk"
CREDENTIAL = "voice-kiosk-key"
"""Name of the systemd credential."""
_CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
_CREDENTIAL_BYTES = 32
_NONCE_BYTES = 12
_REAL_PRIORITY = 1
"""Back ends below it, such as keyrings in a plain file, do not protect; see keyring.recommended."""


class KeyPlace(Protocol):
    """One place that keeps the keys of one kiosk as one text."""

    @property
    def kind(self) -> str:
        """Return ``keyring``, ``file`` or ``credential``."""

    @property
    def file(self) -> Path | None:
        """Return the file; None where there is none."""

    @property
    def where(self) -> str:
        """Return the place in words, for people."""

    def read(self) -> str | None:
        """Return the keys; None when there are none.

        Raises:
            KeyUnavailable: they may be there, but cannot be read.
        """

    def write(self, text: str) -> None:
        """Keep these keys in the place of what is there, durably.

        Raises:
            KeyUnavailable: they cannot be kept.
        """

    def remove(self) -> None:
        """Overwrite and remove the keys.

        Raises:
            KeyUnavailable: they cannot be removed.
        """

    def alone(self) -> AbstractContextManager[None]:
        """Hold this place alone, to read and then to write."""

    def tidy(self) -> None:
        """Overwrite what somebody who was killed while writing has left behind.

        Raises:
            KeyUnavailable, DatabaseLocked: that cannot be done now.
        """


class FilePlace:
    """Keys in a file with mode 0600; implements :class:`KeyPlace`."""

    kind = "file"

    def __init__(self, file: Path) -> None:
        self.file = file

    @property
    def where(self) -> str:
        """Return the place in words."""
        return f"the file {self.file}"

    def read(self) -> str | None:
        """Return the keys; None when there is no file."""
        found = files.read_private(self.file)
        return None if found is None else found.decode("utf-8", errors="replace")

    def write(self, text: str) -> None:
        """Replace the file."""
        files.write_private(self.file, text.encode("utf-8"))

    def remove(self) -> None:
        """Overwrite and remove the file."""
        files.destroy(self.file)

    def alone(self) -> AbstractContextManager[None]:
        """Hold the file alone."""
        return files.alone(self.file)

    def tidy(self) -> None:
        """Overwrite leftovers; see the protocol."""
        files.tidy(self.file)


class CredentialPlace:
    """Keys in a file that is encrypted with a systemd credential; implements :class:`KeyPlace`.

    The credential itself cannot be changed by the program, so it is not the key but encrypts the
    keys, which can: AES-256-GCM under a key derived from it.

    Args:
        credential: the file in ``$CREDENTIALS_DIRECTORY``.
        file: the encrypted keys, useless without the credential.
    """

    kind = "credential"

    def __init__(self, credential: Path, file: Path) -> None:
        self._credential = credential
        self.file = file

    @property
    def where(self) -> str:
        """Return the place in words."""
        return f"{self.file}, encrypted with the systemd credential {self._credential.name}"

    def read(self) -> str | None:
        """Return the keys; None when there is no file."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        found = files.read_private(self.file)
        if found is None:
            return None
        nonce, sealed = found[:_NONCE_BYTES], found[_NONCE_BYTES:]
        try:
            opened = AESGCM(self._key()).decrypt(nonce, sealed, self._bound)
        except (InvalidTag, ValueError):
            raise KeyUnavailable(
                f"The keys in {self.file} do not open with this systemd credential.",
                hint=f"Give the kiosk the credential {self._credential.name} that it had.",
            ) from None
        return opened.decode("utf-8", errors="replace")

    def write(self, text: str) -> None:
        """Encrypt the keys and replace the file."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._key()).encrypt(nonce, text.encode("utf-8"), self._bound)
        files.write_private(self.file, nonce + sealed)

    def remove(self) -> None:
        """Overwrite and remove the file."""
        files.destroy(self.file)

    def alone(self) -> AbstractContextManager[None]:
        """Hold the file alone."""
        return files.alone(self.file)

    def tidy(self) -> None:
        """Overwrite leftovers; see the protocol."""
        files.tidy(self.file)

    @property
    def _bound(self) -> bytes:
        return canonical("1", "keys under a credential", self.file.name)

    def _key(self) -> bytes:
        try:
            secret = self._credential.read_bytes()
        except OSError as exc:
            raise KeyUnavailable(
                f"The systemd credential {self._credential.name} cannot be read.",
                hint="Set LoadCredentialEncrypted= in the unit of the kiosk.",
            ) from exc
        if len(secret) < _CREDENTIAL_BYTES:
            raise KeyUnavailable(
                f"The systemd credential {self._credential.name} is too short.",
                hint=f"Make it of {_CREDENTIAL_BYTES} random bytes.",
            )
        return derived(secret, "credential")


class KeyringPlace:
    """Keys in the keyring of the operating system; implements :class:`KeyPlace`.

    Args:
        name: of the entry.
        lock: a file that processes hold in turn, for keyrings have no lock of their own.
    """

    kind = "keyring"
    file = None

    def __init__(self, name: str, lock: Path) -> None:
        self._name = name
        self._lock = lock

    @property
    def where(self) -> str:
        """Return the place in words."""
        return f"the keyring of the system, entry {_SERVICE} {self._name}"

    @staticmethod
    def usable() -> bool:
        """Return whether this system has a keyring that protects what is in it."""
        return getattr(_keyring(), "priority", 0) >= _REAL_PRIORITY

    def read(self) -> str | None:
        """Return the keys; None when there is no such entry."""
        from keyring.errors import KeyringError

        try:
            return _keyring().get_password(_SERVICE, self._name)
        except KeyringError as exc:
            raise _locked(exc) from exc

    def write(self, text: str) -> None:
        """Replace the entry."""
        from keyring.errors import KeyringError

        try:
            _keyring().set_password(_SERVICE, self._name, text)
        except KeyringError as exc:
            raise _locked(exc) from exc

    def remove(self) -> None:
        """Remove the entry."""
        from keyring.errors import KeyringError

        try:
            _keyring().delete_password(_SERVICE, self._name)
        except KeyringError as exc:
            raise _locked(exc) from exc

    def alone(self) -> AbstractContextManager[None]:
        """Hold the keyring alone, as far as this program is concerned."""
        return files.exclusive(self._lock)

    def tidy(self) -> None:
        """Do nothing: an entry is replaced by the keyring itself."""


@dataclass(frozen=True)
class Choice:
    """What the settings say about the place.

    Attributes:
        place: ``auto``, ``keyring``, ``file`` or ``credential``.
        file: of the keys; None for one in ``folder``, named after the kiosk.
        folder: where key files and locks lie by default.
    """

    place: str
    file: Path | None
    folder: Path

    def candidates(self, kiosk_id: str) -> list[KeyPlace]:
        """Return where keys may be, the place where new ones are kept first.

        Raises:
            KeyUnavailable: the place that was set is not there, or the identity is none.
        """
        # It comes from the database, or from a backup, and names files: never a path of others.
        if not is_identity(kiosk_id):
            raise KeyUnavailable(
                "The identity of this kiosk was altered.", hint="Restore a backup of the database."
            )
        return self._named(kiosk_id, self.file or self.folder / f"{kiosk_id}{self._suffix}")

    def beside(self, name: str) -> list[KeyPlace]:
        """Return where a text of another name is kept, under the same protection as the keys.

        Args:
            name: of the entry or file; plain letters, digits and hyphens.

        Raises:
            KeyUnavailable: the place that was set is not there.
        """
        folder = self.folder if self.file is None else self.file.parent
        return self._named(name, folder / name)

    def usually(self, name: str) -> FilePlace | None:
        """Return the file of that text where no place is set; None where there can be none.

        A folder that is closed to this user was never theirs, and has nothing to say.
        """
        return FilePlace(self.folder / name) if os.access(self.folder, os.X_OK) else None

    @property
    def _suffix(self) -> str:
        return ".sealed" if self.place == "credential" else ".key"

    def _named(self, name: str, path: Path) -> list[KeyPlace]:
        file = FilePlace(path)
        if self.place == "file":
            return [file]
        if self.place == "credential":
            return [_credential(path)]
        keyring = KeyringPlace(name, self.folder / f"{name}.lock")
        if self.place == "keyring":
            if not keyring.usable():
                raise KeyUnavailable(
                    "This system has no keyring, or it is not running.",
                    hint="Start it in a session that has one, or set keys.place to file.",
                )
            return [keyring]
        # A file that is named is wanted; an existing one is found even after a keyring appeared.
        return [keyring, file] if self.file is None and keyring.usable() else [file]


def _credential(path: Path) -> CredentialPlace:
    folder = os.environ.get(_CREDENTIALS_VARIABLE)
    if not folder:
        raise KeyUnavailable(
            "systemd has given no credentials to this program.",
            hint="Set LoadCredentialEncrypted= in its unit, or keys.place to something else.",
        )
    return CredentialPlace(Path(folder) / CREDENTIAL, path)


def _keyring() -> KeyringBackend:
    import keyring

    return keyring.get_keyring()


def _locked(exc: Exception) -> KeyUnavailable:
    return KeyUnavailable(
        f"The keyring of the system does not give the keys ({type(exc).__name__}).",
        hint="Unlock it, then start the kiosk again.",
    )
