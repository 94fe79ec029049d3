"""What limits attempts, in memory: tallies, second factors, and the clock nobody sets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from kiosk.core.errors import UnknownUser
from kiosk.core.limits.second_factor import OWNED
from kiosk.uptime import SystemUptime

if TYPE_CHECKING:
    from datetime import datetime

    import pytest

    from kiosk.core.limits.attempts import Tally
    from kiosk.core.limits.second_factor import FactorKind
    from tests.fakes.storage import InMemoryUnitOfWork


class FakeUptime:
    """Implements :class:`kiosk.core.limits.attempts.Uptime`: goes when it is told to."""

    def __init__(self) -> None:
        self._boot = 0
        self._seconds = 1_000.0

    def boot(self) -> str:
        return f"boot-{self._boot}"

    def seconds(self) -> float:
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._seconds += seconds

    def restart(self) -> None:
        """Begin another run of the machine."""
        self._boot += 1
        self._seconds = 5.0


def stop_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no wait of the real program end by itself, however slow the machine is."""
    monkeypatch.setattr(SystemUptime, "seconds", lambda _self: 1_000.0)


class InMemoryThrottles:
    def __init__(self, unit: InMemoryUnitOfWork) -> None:
        self._unit = unit

    def get(self, key: str) -> Tally | None:
        return self._unit.state.throttles.get(key)

    def put(self, key: str, tally: Tally, at: datetime) -> None:
        wait = tally.wait
        if at.tzinfo is None or (wait is not None and wait.until.tzinfo is None):
            raise ValueError("only times with a zone are stored")
        if wait is not None:
            tally = replace(tally, wait=replace(wait, until=wait.until.astimezone(UTC)))
        self._unit.state.throttles[key] = tally
        self._unit.state.throttled_at[key] = at

    def remove(self, key: str) -> bool:
        return self._unit.state.throttles.pop(key, None) is not None

    def all(self) -> dict[str, Tally]:
        return dict(self._unit.state.throttles)

    def unchanged_since(self, at: datetime) -> list[str]:
        state = self._unit.state
        return sorted(key for key in state.throttles if state.throttled_at[key] < at)


class InMemorySecondFactors:
    def __init__(self, unit: InMemoryUnitOfWork) -> None:
        self._unit = unit

    def get(self, user_id: str, kind: FactorKind) -> str | None:
        return self._unit.state.second_factors.get((user_id, kind))

    def kinds(self, user_id: str) -> tuple[FactorKind, ...]:
        theirs = (kind for owner, kind in self._unit.state.second_factors if owner == user_id)
        return tuple(sorted(theirs))

    def holders(self) -> dict[str, tuple[FactorKind, ...]]:
        return {user_id: self.kinds(user_id) for user_id, _ in self._unit.state.second_factors}

    def put(self, user_id: str, kind: FactorKind, hashed: str, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("only times with a zone are stored")
        if user_id not in self._unit.state.people:
            raise UnknownUser(f"Nobody has the ID {user_id}.")
        self._unit.state.second_factors[user_id, kind] = hashed

    def remove(self, user_id: str, kind: FactorKind) -> bool:
        return self._unit.state.second_factors.pop((user_id, kind), None) is not None

    def owner(self, kind: FactorKind, hashed: str) -> str | None:
        found = sorted(
            user_id
            for (user_id, kept), value in self._unit.state.second_factors.items()
            if kept is kind and value.startswith(hashed + OWNED)
        )
        return found[0] if found else None
