"""Everything that any table holds of a person, found by how the tables refer to each other.

Nothing is listed by hand: a table that a later version adds is counted, exported and checked after
an erasure from its first day on, because it refers to a person or names one.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary, Table, func, select, true

from kiosk.storage.database.tables import PersonRow
from kiosk.storage.database.trust_tables import Base

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, FromClause, Select

    from kiosk.storage.database.statements import Statements

_PERSON = PersonRow.__table__
_NAMED = "user_id"
_SECRET = frozenset({"hash"})
"""Columns that are nobody's to read, the person's included: a PIN could be guessed from them."""


def personal_tables() -> dict[Table, FromClause]:
    """Return the tables that hold something of a person, each joined to the person where it can.

    A table is personal when it refers to a person, directly or through another such table, or when
    it has a column with the ID of one.
    """
    assert isinstance(_PERSON, Table)
    found: dict[Table, FromClause] = {_PERSON: _PERSON}
    # Tables that refer to others come after them.
    for table in Base.metadata.sorted_tables:
        if table in found:
            continue
        for key in table.foreign_keys:
            parent = key.column.table
            if parent in found:
                found[table] = table.join(found[parent], key.parent == key.column)
                break
        if _NAMED in table.c:
            found[table] = table
    return found


class SqlTraces:
    """Implements :class:`kiosk.core.people.erasure.Traces`.

    Args:
        statements: of the unit of work.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def count(self, user_id: str | None) -> dict[str, int]:
        """Return how many rows each table holds; see the port."""
        counted: dict[str, int] = {}
        for table, joined in personal_tables().items():
            query = select(func.count()).select_from(joined).where(_of(table, user_id))
            (number,) = self._statements.rows(query, lambda row: int(row[0]), "The database")
            if number:
                counted[table.name] = number
        return counted

    def rows(self, user_id: str) -> dict[str, list[dict[str, Any]]]:
        """Return what each table holds of a person; see the port."""
        found: dict[str, list[dict[str, Any]]] = {}
        for table, joined in personal_tables().items():
            columns = [column for column in table.c if _told(column)]
            query: Select[*tuple[Any, ...]] = (
                select(*columns)
                .select_from(joined)
                .where(_of(table, user_id))
                .order_by(*table.primary_key.columns)
            )
            made = self._statements.rows(
                query,
                lambda row: {name: _plain(value) for name, value in row._mapping.items()},  # noqa: SLF001 - documented, named so by SQLAlchemy
                f"What is kept of {user_id}",
            )
            if made:
                found[table.name] = made
        return found


def _of(table: Table, user_id: str | None) -> ColumnElement[bool]:
    if user_id is None:
        return true()
    named = table.c[_NAMED] if _NAMED in table.c else _PERSON.c[_NAMED]
    return named == user_id


def _told(column: Column[Any]) -> bool:
    key = column.primary_key or bool(column.foreign_keys)
    tie = key and column.type.python_type is int
    return not tie and column.name not in _SECRET and not isinstance(column.type, LargeBinary)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
