"""The operator PIN that guards everything but the self-service screens."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from kiosk.core.errors import InvalidInput, WrongPin

if TYPE_CHECKING:
    from kiosk.core.ports import Clock, PinHasher, PreferenceStore, UnitOfWorkFactory

_PIN = re.compile(r"\d{6,12}")
_HASH = "operator.pin"
_FAILURES = "operator.failures"
_BLOCKED_UNTIL = "operator.blocked_until"
_FREE_TRIES = 5
_FIRST_DELAY_S = 30
_LONGEST_DELAY_S = 3_600


class Operators:
    """Sets and checks the PIN. Wrong tries are counted in the database: a restart forgives none.

    After 5 wrong tries each further one must wait, 30 s at first and twice as long each time
    (after NIST SP 800-63B, section 5.2.2).
    """

    def __init__(self, uow: UnitOfWorkFactory, hasher: PinHasher, clock: Clock) -> None:
        """Use these."""
        self._uow = uow
        self._hasher = hasher
        self._clock = clock

    def has_pin(self) -> bool:
        """Return whether a PIN was ever set."""
        return self._stored() is not None

    def set_pin(self, pin: str, *, current: str | None = None) -> None:
        """Set the first PIN, or change it.

        Args:
            pin: 6 to 12 digits.
            current: the present PIN; needed when there is one.

        Raises:
            InvalidInput: the new PIN cannot be used.
            WrongPin: the present PIN is not right.
        """
        if not _PIN.fullmatch(pin) or not pin.isascii():
            raise InvalidInput("The PIN cannot be used.", hint="Use 6 to 12 digits.")
        if len(set(pin)) == 1 or pin in "01234567890123" or pin in "98765432109876":
            raise InvalidInput("The PIN is too easy to guess.", hint="Use less regular digits.")
        before = self._stored()
        if before is not None:
            self.check(current or "")
        hashed = self._hasher.hash(pin)
        with self._uow() as work:
            if work.preferences.get(_HASH) != before:
                raise WrongPin("The PIN was set or changed by somebody else just now.")
            now = self._clock.now()
            work.preferences.set(_HASH, hashed, now)
            self._clear(work.preferences, now)
            work.commit()

    def check(self, pin: str) -> None:
        """Accept the PIN, or say why not.

        Raises:
            WrongPin: not right, or too many tries; the hint says when to try again.
        """
        now = self._clock.now()
        with self._uow() as work:
            store = work.preferences
            hashed = store.get(_HASH)
            if hashed is None:
                raise WrongPin("No operator PIN has been set.", hint="Set one first.")
            wait = _seconds_left(store.get(_BLOCKED_UNTIL), now)
            if wait > _LONGEST_DELAY_S:
                # The clock was set back; nobody waits for years because of that.
                wait = float(_LONGEST_DELAY_S)
                store.set(_BLOCKED_UNTIL, (now + timedelta(seconds=wait)).isoformat(), now)
                work.commit()
            if wait > 0:
                hint = f"Try again in {int(wait) + 1} seconds."
                raise WrongPin("Too many wrong PINs.", hint=hint)
            failures = int(store.get(_FAILURES) or 0)
            # Counted before it is checked: switching the power off in between forgives nothing.
            store.set(_FAILURES, str(failures + 1), now)
            if failures + 1 >= _FREE_TRIES:
                delay = min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2 ** (failures + 1 - _FREE_TRIES))
                store.set(_BLOCKED_UNTIL, (now + timedelta(seconds=delay)).isoformat(), now)
            work.commit()
        if not self._hasher.matches(hashed, pin):
            raise WrongPin("That PIN is not right.")
        with self._uow() as work:
            self._clear(work.preferences, now)
            work.commit()

    def _stored(self) -> str | None:
        with self._uow() as work:
            return work.preferences.get(_HASH)

    def _clear(self, store: PreferenceStore, now: datetime) -> None:
        store.set(_FAILURES, None, now)
        store.set(_BLOCKED_UNTIL, None, now)


def _seconds_left(blocked_until: str | None, now: datetime) -> float:
    """Return for how long no PIN is accepted; 0 or less when nothing is to be waited for."""
    if blocked_until is None:
        return 0.0
    return (datetime.fromisoformat(blocked_until) - now).total_seconds()
