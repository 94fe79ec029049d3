"""The PIN of an earlier version becomes an account, and nobody is locked out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from alembic import command

from kiosk.core.accounts.acting import Role
from kiosk.core.errors import WrongPin
from kiosk.secrets import Argon2PinHasher
from kiosk.services.accounts.operators import POLICY, Operators
from kiosk.services.limits.throttle import Throttle
from kiosk.services.records.adoption import BEGUN, adopt
from kiosk.storage import schema
from kiosk.storage.database.engine import migration_engine
from tests.fakes.attempts import FakeUptime
from tests.fakes.clock import FixedClock
from tests.fakes.records.audit import PlainSecret
from tests.integration.storage.helpers import sql

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.storage.sqlite import SqlDatabase

PIN = "428617"


@pytest.fixture
def earlier(database: SqlDatabase, file: Path) -> SqlDatabase:
    """Return a database as the version before has left it."""
    database.close()
    with migration_engine(file, 1.0).begin() as connection:
        command.downgrade(schema.config(connection), "0002")
    return database


def prefer(file: Path, **values: str) -> None:
    for key, value in values.items():
        sql(
            file,
            "INSERT INTO preference (key, value, updated_at) VALUES (?, ?, ?)",
            key.replace("operator_", "operator."),
            value,
            "2026-01-01 00:00:00",
        )


def operators(database: SqlDatabase, now: datetime, uptime: FakeUptime | None = None) -> Operators:
    clock = FixedClock(now)
    throttle = Throttle(clock, uptime or FakeUptime(), POLICY)
    return Operators(database, Argon2PinHasher(), clock, throttle, PlainSecret())


def upgrade(database: SqlDatabase) -> None:
    """Do what the first start of this version does."""
    database.prepare()
    with database() as unit:
        adopt(unit, BEGUN, earlier=PlainSecret())
        unit.commit()


def test_whoever_knew_the_pin_signs_in_with_it_and_changes_it(
    earlier: SqlDatabase, file: Path
) -> None:
    prefer(file, operator_pin=Argon2PinHasher().hash(PIN), theme="dark")
    upgrade(earlier)
    with earlier() as unit:
        (account,) = unit.operators.all()
        assert (account.login, account.role) == ("operator", Role.ADMINISTRATOR)
        assert account.must_change
        assert unit.preferences.get("operator.pin") is None
        assert unit.preferences.get("theme") == "dark"
    assert operators(earlier, datetime.now(UTC)).sign_in(None, PIN).must_change


def test_a_hash_like_those_of_earlier_versions_is_accepted_from_nobody_else(
    earlier: SqlDatabase, file: Path
) -> None:
    prefer(file, operator_pin=Argon2PinHasher().hash(PIN))
    upgrade(earlier)
    sql(file, "UPDATE operator SET hash = ?", Argon2PinHasher().hash("917364"))
    for guess in ("917364", PIN):
        with pytest.raises(WrongPin, match="not right"):
            operators(earlier, datetime.now(UTC)).sign_in("operator", guess)


def test_without_a_pin_there_is_no_account(earlier: SqlDatabase, file: Path) -> None:
    prefer(file, theme="dark")
    earlier.prepare()
    with earlier() as unit:
        assert unit.operators.all() == []


def test_who_had_to_wait_still_has(earlier: SqlDatabase, file: Path) -> None:
    now = datetime.now(UTC)
    prefer(
        file,
        operator_pin=Argon2PinHasher().hash(PIN),
        operator_failures="6",
        operator_blocked_until=(now + timedelta(seconds=60)).isoformat(),
    )
    upgrade(earlier)
    uptime = FakeUptime()
    with pytest.raises(WrongPin, match="Too many"):
        operators(earlier, now, uptime).sign_in("operator", PIN)
    uptime.advance(61)
    operators(earlier, now, uptime).sign_in("operator", PIN)


def test_what_cannot_be_read_locks_nobody_out(earlier: SqlDatabase, file: Path) -> None:
    prefer(
        file,
        operator_pin=Argon2PinHasher().hash(PIN),
        operator_failures="3",
        operator_blocked_until="nonsense",
    )
    upgrade(earlier)
    operators(earlier, datetime.now(UTC)).sign_in("operator", PIN)
