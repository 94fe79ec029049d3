"""Triggers by which the database itself refuses to change or remove audit records.

They stop mistakes, and whoever can run statements but owns nothing. Who holds the disk, or owns
the tables, drops them: that the records were touched is then shown by their chain and by anchors
outside of the database, see :mod:`kiosk.core.audit_check`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

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
_POSTGRESQL = (
    "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$",
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
        connection.exec_driver_sql("DROP FUNCTION audit_refuse() CASCADE")
        return
    names = ("audit_no_update", "audit_no_delete", "audit_no_replace", "audit_head_no_delete")
    for name in names:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
