"""A desk at which people sign in: the real service on fakes that are fast."""

from __future__ import annotations

import pytest

from kiosk.core.errors import WrongPin
from kiosk.services.accounts.accounts import Accounts
from kiosk.services.accounts.operators import POLICY, Operators
from kiosk.services.limits.throttle import Throttle
from tests.fakes.attempts import FakeUptime
from tests.fakes.clock import FixedClock
from tests.fakes.pins import FastPinHasher
from tests.fakes.records.audit import PlainSecret
from tests.fakes.storage import InMemoryDatabase

PIN, OTHER = "428617", "917364"
PASSWORD = "three blind mice"


class CountingHasher(FastPinHasher):
    """Counts the hashes that are compared, which is what takes time."""

    def __init__(self) -> None:
        super().__init__()
        self.compared = 0

    def matches(self, hashed: str, pin: str) -> bool:
        self.compared += 1
        return super().matches(hashed, pin)


class Desk:
    def __init__(self) -> None:
        self.database = InMemoryDatabase()
        self.clock = FixedClock()
        self.uptime = FakeUptime()
        self.hasher = CountingHasher()
        self.operators = self.restarted()
        self.accounts = Accounts(self.database, self.hasher, self.clock, PlainSecret())

    def restarted(self) -> Operators:
        """Return operators that know nothing but what is stored."""
        throttle = Throttle(self.clock, self.uptime, POLICY)
        return Operators(self.database, self.hasher, self.clock, throttle, PlainSecret())

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.uptime.advance(seconds)

    def wrong(self, times: int, login: str | None = "olga") -> None:
        for _ in range(times):
            with pytest.raises(WrongPin, match="not right"):
                self.operators.sign_in(login, OTHER)

    def recorded(self) -> list[tuple[str, str | None]]:
        return [(each.action, each.subject) for each in self.database.state.audit]
