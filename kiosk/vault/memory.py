"""Which kiosk a database belongs to, remembered where its keys are kept.

The identity of a kiosk stands in its database. Whoever can write only there could give it another
one, without records and with a voiceprint of their own: it would look like a new kiosk, get new
keys, and be trusted. Where the keys are it is known whose database was at that place before.
"""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from kiosk.core.errors import DatabaseLocked, KeyUnavailable
from kiosk.vault.identity import is_identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kiosk.vault.places import Choice, KeyPlace

_log = logging.getLogger(__name__)
_NAME_BYTES = 16


class Memory:
    """Remembers the kiosks of the database at one place.

    That is one, but for the moment in which a backup of another kiosk is put there. Not safe from
    several threads: the vault, which has it, sees to that.

    Args:
        choice: where keys are kept.
        database: absolute path or address of the database, without a password; None: there is
            nothing to remember.
    """

    def __init__(self, choice: Choice, database: str | None) -> None:
        self._choice = choice
        self._database = database
        self._accepting = False

    def accept(self) -> None:
        """Refuse nothing until the next :meth:`settle`."""
        self._accepting = True

    def require(self, kiosk_id: str) -> None:
        """Refuse a database that is not the one that was at its place.

        Args:
            kiosk_id: whose the one is that is there now.

        Raises:
            KeyUnavailable: it is another one or was made anew, or nobody can read what was
                remembered.
        """
        if not self._accepting:
            # Whoever names another place for the keys, with a memory of theirs, is not believed
            # against the one that is there when nothing is named.
            for known in (self._read_all(self._places()), self._read_all(self._usual())):
                if known and kiosk_id not in known:
                    raise self._exchanged("is not the one that was there before")

    def require_accepted(self) -> None:
        """Refuse a database of an earlier version at the place of one of the present version.

        Raises:
            KeyUnavailable: nobody has accepted it.
        """
        if not self._accepting:
            raise self._exchanged("is of an earlier version than the one that was there before")

    def settle(self, kiosk_id: str) -> None:
        """Remember this kiosk and no other, as far as that is possible.

        A place of keys that this user may read but not write is as good as ever for the keys.
        """
        self._accepting = False
        try:
            self._remember(frozenset({kiosk_id}))
        except (KeyUnavailable, DatabaseLocked) as exc:
            _log.warning("whose the database is could not be remembered: %s", exc.message)

    @contextmanager
    def expecting(self, kiosk_id: str) -> Iterator[None]:
        """Remember this kiosk besides while its database is put there, and it alone afterwards.

        An exception within leaves what was remembered before.

        Raises:
            KeyUnavailable: it cannot be remembered.
        """
        known = self.kiosks()
        if not known:  # whatever is put there is taken as it is
            yield
        else:
            self._remember(known | {kiosk_id})
            try:
                yield
            except BaseException:
                self._remember(known)
                raise
        self.settle(kiosk_id)

    def kiosks(self) -> frozenset[str]:
        """Return the identities that the database may have; none where it was never seen.

        Raises:
            KeyUnavailable: what was remembered cannot be read.
        """
        return self._read_all([*self._places(), *self._usual()])

    def _remember(self, kiosk_ids: frozenset[str]) -> None:
        """Write it down in every place where keys may be looked for."""
        text = json.dumps({"database": self._database, "kiosks": sorted(kiosk_ids)})
        for place in self._places():
            if self._read(place) != kiosk_ids:
                with place.alone():
                    place.write(text)
        for place in self._usual():
            if self._read(place) not in (frozenset(), kiosk_ids):
                with place.alone():
                    place.write(text)

    def _exchanged(self, how: str) -> KeyUnavailable:
        return KeyUnavailable(
            f"The database {self._database} {how}: somebody has exchanged it, or it was deleted.",
            hint="Bring the former one back, or restore a backup with 'kiosk backup restore'. If "
            "you have exchanged it yourself and trust all that is in it: 'kiosk keys adopt'.",
        )

    def _places(self) -> list[KeyPlace]:
        return [] if self._database is None else self._choice.beside(self._name(self._database))

    def _usual(self) -> list[KeyPlace]:
        """Return where it is remembered when no place is set, unless that is where it is."""
        if self._database is None:
            return []
        usual = self._choice.usually(self._name(self._database))
        if usual is None or usual.file in {place.file for place in self._places()}:
            return []
        return [usual]

    def _name(self, database: str) -> str:
        digest = sha256(database.encode("utf-8", errors="surrogateescape")).digest()
        return f"database-{digest[:_NAME_BYTES].hex()}"

    def _read_all(self, places: Iterable[KeyPlace]) -> frozenset[str]:
        return frozenset().union(*(self._read(place) for place in places))

    def _read(self, place: KeyPlace) -> frozenset[str]:
        text = place.read()
        if text is None:
            return frozenset()
        try:
            found = json.loads(text)["kiosks"]
            if isinstance(found, list) and all(is_identity(each) for each in found):
                return frozenset(found)
        except (ValueError, LookupError, TypeError, RecursionError):
            pass
        raise KeyUnavailable(
            f"What is kept in {place.where} does not tell whose the database is.",
            hint="Find out who has changed it, then remove it and run 'kiosk keys adopt'.",
        )
