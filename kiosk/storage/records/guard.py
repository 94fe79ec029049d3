"""Triggers by which the database itself refuses to change or remove audit records.

They stop mistakes, and whoever can run statements but owns nothing. Who holds the disk, or owns
the tables, drops them: that the records were touched is then shown by their chain and by anchors
outside of the database, see :mod:`kiosk.core.records.check`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, String, column, literal_column, select, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Row

    from kiosk.storage.database.statements import Statements

_REFUSED = "audit records are never changed"
_TAKEN = "WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)"

_SQLITE = (
    *(
        f"CREATE TRIGGER audit_no_{event.lower()} BEFORE {event} ON audit "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
        for event in ("UPDATE", "DELETE")
    ),
    # INSERT OR REPLACE removes the former row without asking the trigger of DELETE.
    f"CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit {_TAKEN} "
    f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
    "CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head "
    f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
)
_BODY = f" BEGIN RAISE EXCEPTION '{_REFUSED}'; END "
_POSTGRESQL = (
    f"CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $${_BODY}$$",
    "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit "
    "FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head "
    "FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
)


def guard_records(connection: Connection) -> None:
    """Create the triggers, within the migration that has created the tables."""
    for statement in _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE:
        connection.exec_driver_sql(statement)


def drop_guard(connection: Connection) -> None:
    """Remove the triggers, before the tables are dropped."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS audit_refuse() CASCADE")
        return
    for name in _named(_SQLITE):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")


def renew_guard(connection: Connection) -> None:
    """Create the triggers anew, whatever is there of them; others are left alone."""
    drop_guard(connection)
    guard_records(connection)


def unguarded(statements: Statements) -> tuple[str, ...]:
    """Return which triggers are missing or altered, and which are not of this program.

    Args:
        statements: of the unit of work.

    Returns:
        One plain sentence each, by name.
    """
    expected, found = (
        (_expected_on_postgresql(), _found_on_postgresql(statements))
        if statements.on_postgresql
        else (_named(_SQLITE), _found_on_sqlite(statements))
    )
    said = []
    for name in sorted({*expected, *found}):
        if name not in found:
            said.append(f"The trigger {name}, which guards the audit records, was dropped.")
        elif name not in expected:
            said.append(f"The database has a trigger {name}, which is not of this program.")
        elif found[name] != expected[name]:
            said.append(f"The trigger {name}, which guards the audit records, was altered.")
    return tuple(said)


def _named(statements: tuple[str, ...]) -> dict[str, str]:
    """Return the triggers that statements create, by name."""
    return {
        found[1]: each
        for each in statements
        if (found := re.match(r"CREATE TRIGGER (\w+) ", each)) is not None
    }


def _found_on_sqlite(statements: Statements) -> Mapping[str, object]:
    query = (
        select(column("name", String), column("sql", String))
        .select_from(table("sqlite_master"))
        .where(column("type") == "trigger")
    )
    return dict(statements.rows(query, lambda row: (str(row[0]), row[1]), "The triggers"))


def _expected_on_postgresql() -> dict[str, object]:
    """Return name, function and whether it is on; ``O`` is: on, but for replication."""
    return dict.fromkeys(_named(_POSTGRESQL), (_BODY, "O"))


def _found_on_postgresql(statements: Statements) -> Mapping[str, object]:
    trigger, function = table("pg_trigger"), table("pg_proc")
    query = (
        select(column("tgname", String), column("prosrc", String), column("tgenabled", String))
        .select_from(
            trigger.join(
                function, literal_column("pg_proc.oid") == literal_column("pg_trigger.tgfoid")
            )
        )
        .where(~literal_column("pg_trigger.tgisinternal", Boolean))
    )

    def known(row: Row[str, str, str]) -> tuple[str, object]:
        return str(row[0]), (str(row[1]), str(row[2]))

    return dict(statements.rows(query, known, "The triggers"))
