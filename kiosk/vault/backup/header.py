"""What stands before the pieces of an archive: facts, and its key sealed for whoever may open it.

``KIOSKBAK``, the version of the format (2 bytes), the length of the header (4 bytes), and the
header as JSON: ``facts``, ``salt`` and ``slots``. The key of the file is random. The slot ``kiosk``
holds that key, wrapped for the kiosk itself; the slot ``passphrase``, where there is one, holds it
wrapped with a passphrase, and with it the keys of the kiosk. Every piece that follows is
authenticated together with the SHA-256 of all this.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from kiosk.core.errors import BackupUnusable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kiosk.core.backup.backups import Facts

MAGIC = b"KIOSKBAK"
FORMAT = 1
_HEAD = struct.Struct(">HI")
_MAX_HEADER = 1 << 20
_SALT = 32
KIOSK = "kiosk"
PASSPHRASE = "passphrase"  # noqa: S105 - the name of a slot


@dataclass(frozen=True)
class Header:
    """A header as it was read or is written.

    Attributes:
        facts: what the archive says of itself.
        slots: the wrapped key by who may open it.
        salt: makes the key of this very writing of the file.
        raw: all bytes of the header, from the magic on.
    """

    facts: Facts
    slots: dict[str, bytes]
    salt: bytes
    raw: bytes

    @property
    def context(self) -> bytes:
        """Return what every piece is authenticated with."""
        return hashlib.sha256(self.raw).digest()

    def stream_key(self, file_key: bytes) -> bytes:
        """Return the key of the pieces: another one whenever the file is written anew."""
        return hmac.digest(file_key, b"kiosk backup pieces\x00" + self.salt, "sha256")

    @classmethod
    def of(cls, facts: Mapping[str, str], slots: Mapping[str, bytes]) -> Header:
        """Return a header that is to be written."""
        salt = os.urandom(_SALT)
        body = json.dumps(
            {
                "facts": dict(facts),
                "salt": salt.hex(),
                "slots": {name: base64.b64encode(slot).decode() for name, slot in slots.items()},
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode()
        return cls(dict(facts), dict(slots), salt, MAGIC + _HEAD.pack(FORMAT, len(body)) + body)

    @classmethod
    def read(cls, source: BinaryIO) -> Header:
        """Read a header; the source then stands where the pieces begin.

        Raises:
            BackupUnusable: it is no archive, is damaged, or is of a newer format.
        """
        magic, head = source.read(len(MAGIC)), source.read(_HEAD.size)
        if magic != MAGIC or len(head) < _HEAD.size:
            raise BackupUnusable("This file is not a backup of a kiosk.")
        version, length = _HEAD.unpack(head)
        if version > FORMAT:
            raise BackupUnusable(
                "The backup was made by a newer version of this program.",
                hint="Install that version, then restore the backup with it.",
            )
        body = source.read(length) if length <= _MAX_HEADER else b""
        try:
            found = json.loads(body)
            facts = {str(name): str(value) for name, value in found["facts"].items()}
            slots = {
                str(name): base64.b64decode(slot, validate=True)
                for name, slot in found["slots"].items()
            }
            salt = bytes.fromhex(found["salt"])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
            raise BackupUnusable("The backup is damaged: its header cannot be read.") from exc
        return cls(facts, slots, salt, magic + head + body)
