"""From the one operator PIN of earlier versions to the first account."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from sqlalchemy import Connection

LOGIN = "operator"
"""Login of the account that an earlier version's PIN becomes."""
_HASH, _FAILURES, _BLOCKED = "operator.pin", "operator.failures", "operator.blocked_until"
_LONGEST_WAIT_S = 3_600.0
_ANOTHER_RUN = "before"
"""Of the machine: waits that an earlier version has set go by the wall clock."""

# Described here and not imported: a migration must not change with the tables of later versions.
_moment = sa.DateTime(timezone=True)
_preference = sa.table("preference", sa.column("key"), sa.column("value"))
_operator = sa.table(
    "operator",
    *(sa.column(name) for name in ("login", "name", "role", "hash")),
    sa.column("must_change", sa.Boolean()),
    sa.column("enabled", sa.Boolean()),
    sa.column("created_at", _moment),
)
_throttle = sa.table(
    "throttle",
    *(sa.column(name) for name in ("key", "failures", "inconclusive", "total")),
    sa.column("disabled", sa.Boolean()),
    sa.column("blocked_until", _moment),
    *(sa.column(name) for name in ("wait_s", "boot", "monotonic_until")),
    sa.column("updated_at", _moment),
)


def adopt_pin(connection: Connection) -> None:
    """Make an account of the PIN that an earlier version has set, where there is one.

    An administrator with that same PIN, which is to be changed at the next sign-in: whoever knew it
    is not locked out, and nobody goes on sharing it. Wrong tries stay counted.
    """
    query = sa.select(_preference.c.key, _preference.c.value).where(
        _preference.c.key.in_([_HASH, _FAILURES, _BLOCKED])
    )
    stored = {row.key: row.value for row in connection.execute(query)}
    if _HASH not in stored:
        return
    now = datetime.now(UTC)
    connection.execute(
        sa.insert(_operator).values(
            login=LOGIN,
            name="",
            role="administrator",
            hash=stored[_HASH],
            must_change=True,
            enabled=True,
            created_at=now,
        )
    )
    failures = _number(stored.get(_FAILURES))
    if failures:
        until = _time(stored.get(_BLOCKED))
        connection.execute(
            sa.insert(_throttle).values(
                key=f"operator:{LOGIN}",
                failures=failures,
                inconclusive=0,
                total=failures,
                disabled=False,
                blocked_until=until,
                wait_s=None if until is None else _LONGEST_WAIT_S,
                boot=None if until is None else _ANOTHER_RUN,
                monotonic_until=None if until is None else 0.0,
                updated_at=now,
            )
        )
    connection.execute(sa.delete(_preference).where(_preference.c.key.in_(list(stored))))


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() else 0


def _time(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
