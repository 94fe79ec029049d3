"""The keys of this kiosk, held in memory while it runs."""

from __future__ import annotations

import hmac
import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.core.errors import InvalidInput, KeyUnavailable
from kiosk.vault.derivation import derived
from kiosk.vault.found import LOST, missing, ring_in, ring_of, tidy, warnings_about
from kiosk.vault.memory import Memory
from kiosk.vault.ring import KeyRing, new_key
from kiosk.vault.sealing import Box, Cipher
from kiosk.vault.secret import Secret
from kiosk.vault.wrapping import Wrapper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from kiosk.core.keys.ports import KeysNeeded
    from kiosk.core.ports import Clock
    from kiosk.vault.places import Choice, KeyPlace

_log = logging.getLogger(__name__)


class Vault:
    """Implements :class:`kiosk.core.keys.ports.KeyVault`.

    Opened by the first who needs a key. It is kept in memory from then on, and read again when a
    value names a key that it does not know: another process has made one.

    Args:
        choice: where the keys are kept.
        needed: asks the database which keys it cannot do without; called within no lock of its.
        clock: tells when keys were made.
        data: folders and files beside which a key file is no protection.
        memory: which kiosk the database belongs to; by default nothing is remembered, as for keys
            that are used for a moment.
    """

    def __init__(
        self,
        choice: Choice,
        needed: Callable[[], KeysNeeded],
        clock: Clock,
        data: Sequence[Path] = (),
        memory: Memory | None = None,
    ) -> None:
        self._choice = choice
        self._needed = needed
        self._clock = clock
        self._data = tuple(data)
        self._memory = memory or Memory(choice, None)
        self._guard = threading.RLock()
        self._ring: KeyRing | None = None
        self._place: KeyPlace | None = None
        self._ciphers: dict[str, Cipher] = {}
        self._macs: dict[str, bytes] = {}
        self.box = Box(self._cipher)
        self.secret = Secret(lambda: self.ring().kiosk_id, self.mac_key)
        self.wrapping = Wrapper(self.derive, lambda: self.ring().kiosk_id)

    def __repr__(self) -> str:
        """Show nothing: a ring has no place in a log."""
        return "Vault()"

    # --- opening -----------------------------------------------------------------------------

    def exists(self) -> bool:
        """Return whether there are keys, without making any; see the port."""
        with self._guard:
            places = self._choice.candidates(self._needed().kiosk_id)
            return self._ring is not None or any(place.read() is not None for place in places)

    def unlock(self) -> None:
        """Find the keys, or create the first ones; see the port."""
        self.ring()

    def ring(self) -> KeyRing:
        """Return the keys, opening them when that has not happened yet.

        Raises:
            KeyUnavailable: they are not where they were put.
        """
        with self._guard:
            return self._ring if self._ring is not None else self._open()

    @property
    def opened(self) -> bool:
        """Return whether the keys were found already."""
        with self._guard:
            return self._ring is not None

    def accept_database(self) -> None:
        """Take the database for that of this kiosk at the next opening; see the port."""
        with self._guard:
            self._memory.accept()
            self._ring = self._place = None
            self._forget()

    def known(self) -> frozenset[str]:
        """Return which kiosks the database may be of; see the port."""
        return self._memory.kiosks()

    def expecting(self, kiosk_id: str) -> AbstractContextManager[None]:
        """Remember which kiosk's database is being put there; see the port."""
        return self._memory.expecting(kiosk_id)

    def _open(self) -> KeyRing:
        needed = self._needed()
        self._memory.require(needed.kiosk_id)
        places = self._choice.candidates(needed.kiosk_id)
        ring = self._found(places) or self._found_or_made(places)
        if needed.earlier and ring.all_sealed:
            self._ring = self._place = None
            self._memory.require_accepted()
            self._found(places)
            self._change(lambda ring: replace(ring, all_sealed=False))
        self._memory.settle(needed.kiosk_id)
        tidy(places)
        return self.ring()

    def _found_or_made(self, places: Sequence[KeyPlace]) -> KeyRing:
        with places[0].alone():
            # Again: another process may have made them, and sealed with them, since.
            needed = self._needed()
            found = self._found(places)
            if found is not None:
                return found
            if not needed.fresh:
                listed = " or ".join(place.where for place in places)
                raise KeyUnavailable(
                    f"The keys of this kiosk are missing: not {listed}.", hint=LOST
                )
            return self._create(places[0], needed)

    def _found(self, places: Sequence[KeyPlace]) -> KeyRing | None:
        found = ring_in(places, lambda: self._needed().kiosk_id)
        if found is None:
            return None
        self._ring, self._place = found
        return self._ring

    def _create(self, place: KeyPlace, needed: KeysNeeded) -> KeyRing:
        ring = KeyRing.fresh(needed.kiosk_id, self._clock.now(), all_sealed=not needed.earlier)
        place.write(ring.to_text())
        self._ring, self._place = ring, place
        _log.info("keys made in %s", place.where)
        for warning in self.warnings():
            _log.warning("%s", warning)
        return ring

    def renew(self) -> None:
        """Create new keys in the place of lost ones; see the port."""
        with self._guard:
            needed = self._needed()
            self._memory.require(needed.kiosk_id)
            places = self._choice.candidates(needed.kiosk_id)
            with places[0].alone():
                # What is there but cannot be used may still be mended: it is not overwritten.
                for place in places:
                    if place.read() is not None:
                        raise KeyUnavailable(
                            f"There are keys in {place.where}, which cannot be used here.",
                            hint="Move them away first.",
                        )
                self._create(places[0], needed)
            self._forget()

    # --- keys --------------------------------------------------------------------------------

    @property
    def all_sealed(self) -> bool:
        """Return whether nothing is left in the clear."""
        return self.ring().all_sealed

    def set_all_sealed(self) -> None:
        """Remember that nothing is left in the clear."""
        self._change(lambda ring: replace(ring, all_sealed=True))

    @property
    def chain_begun(self) -> bool:
        """Return whether audit records were begun; see the port of the audit chain."""
        return self.ring().chain_begun

    def set_chain_begun(self) -> None:
        """Remember that audit records were begun."""
        self._change(lambda ring: replace(ring, chain_begun=True))

    def key_ids(self) -> list[str]:
        """Return the template keys that are there, the oldest first."""
        with self._guard:
            self._reload()
            return [key.key_id for key in self.ring().keys]

    def created_at(self, key_id: str) -> datetime:
        """Return when a key was made."""
        key = self.ring().get(key_id)
        if key is None:
            raise missing(key_id)
        return key.created_at

    def add_key(self, at: datetime) -> str:
        """Make a template key and store it durably; see the port."""
        key = new_key(at)
        self._change(lambda ring: ring.plus(key))
        return key.key_id

    def activate(self, key_id: str) -> None:
        """Seal with this key from now on; see the port."""
        with self._guard:
            if self.ring().active != key_id:
                self._cipher(key_id)  # it must be there
                self._change(lambda ring: replace(ring, active=key_id))

    def destroy(self, key_ids: Sequence[str]) -> None:
        """Overwrite template keys where they are kept; see the port."""
        doomed = frozenset(key_ids)
        if not doomed:
            return
        if self.ring().active in doomed:
            raise ValueError("the key in use cannot be destroyed")
        self._change(lambda ring: ring.minus(doomed))
        with self._guard:
            for key_id in doomed & self._ciphers.keys():
                self._ciphers.pop(key_id).wipe()

    def carried(self) -> bytes:
        """Return all keys as bytes, only ever to be wrapped."""
        with self._guard:
            self._reload()
            return self.ring().to_text().encode("utf-8")

    def adopt(self, carried: bytes) -> bool:
        """Take keys that were carried from elsewhere; see the port."""
        try:
            brought = KeyRing.from_text(carried.decode("utf-8"))
        except (UnicodeDecodeError, ValueError):
            raise InvalidInput("These are no keys of a voice kiosk.") from None
        needed = self._needed()
        self._memory.require(needed.kiosk_id)
        if brought.kiosk_id != needed.kiosk_id:
            raise KeyUnavailable(
                "These keys are those of another kiosk than this database.",
                hint="Restore that kiosk's database first, or use its own keys.",
            )
        with self._guard:
            places = self._choice.candidates(needed.kiosk_id)
            if self._ring is None and self._found(places) is None:
                with places[0].alone():
                    places[0].write(brought.to_text())
                self._ring, self._place = brought, places[0]
                return True
            if not hmac.compare_digest(self.ring().root, brought.root):
                raise KeyUnavailable(
                    "This kiosk has another secret already.",
                    hint="Move its present keys away first; what they sealed then stays closed.",
                )
            self._change(lambda ring: ring.plus(*brought.keys))
            return False

    def withdraw(self) -> None:
        """Remove all keys from where they are kept; see the port."""
        with self._guard:
            if self._place is not None:
                with self._place.alone():
                    self._place.remove()
            self._ring = self._place = None
            self._forget()

    # --- what is derived ---------------------------------------------------------------------

    def derive(self, *purpose: str) -> bytes:
        """Return a key of 32 bytes that is derived from the kiosk's secret."""
        return derived(self.ring().root, *purpose)

    def mac_key(self, purpose: str) -> bytes:
        """Return the key of a purpose's message authentication, from memory when it was used."""
        with self._guard:
            key = self._macs.get(purpose)
            if key is None:
                key = self._macs[purpose] = self.derive("mac", purpose)
            return key

    # --- the place ---------------------------------------------------------------------------

    def facts(self) -> list[tuple[str, str]]:
        """Return where the keys are kept, in words."""
        ring = self.ring()
        place = self._place
        assert place is not None, "whoever has a ring has its place"
        return [("kiosk", ring.kiosk_id), ("place", place.kind), ("kept in", place.where)]

    def warnings(self) -> list[str]:
        """Return what is not good about the place."""
        return warnings_about(self._place, self._data)

    # --- helpers -----------------------------------------------------------------------------

    def _cipher(self, key_id: str | None) -> Cipher:
        with self._guard:
            ring = self.ring()
            wanted = ring.active if key_id is None else key_id
            made = self._ciphers.get(wanted)
            if made is not None:
                return made
            key = ring.get(wanted)
            if key is None:
                self._reload()
                key = self.ring().get(wanted)
            if key is None:
                raise missing(wanted)
            made = self._ciphers[wanted] = Cipher(ring.kiosk_id, key)
            return made

    def _reload(self) -> None:
        """Read the keys again: another process may have changed them."""
        place = self._place
        text = None if place is None else place.read()
        if place is None or text is None:
            return
        fresh = ring_of(text, place)
        if self._ring is not None and hmac.compare_digest(fresh.root, self._ring.root):
            self._ring = fresh
            for key_id in [each for each in self._ciphers if fresh.get(each) is None]:
                self._ciphers.pop(key_id).wipe()

    def _change(self, change: Callable[[KeyRing], KeyRing]) -> None:
        with self._guard:
            self.ring()
            place = self._place
            assert place is not None, "whoever has a ring has its place"
            with place.alone():
                self._reload()
                changed = change(self.ring())
                place.write(changed.to_text())
                self._ring = changed

    def _forget(self) -> None:
        for cipher in self._ciphers.values():
            cipher.wipe()
        self._ciphers, self._macs = {}, {}
