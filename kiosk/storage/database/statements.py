"""The one gate through which repositories reach the database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, cast

from kiosk.core.errors import DatabaseCorrupt
from kiosk.storage.database.faults import translating

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, CursorResult, Delete, Insert, Row, Select, Update
    from sqlalchemy.orm import Session

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Statements:
    """Runs statements of one transaction; nothing but this program's errors leaves it.

    Args:
        session: open for as long as the unit of work.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(self, select: Select[*Ts], make: Callable[[Row[*Ts]], T], what: str) -> list[T]:
        """Return every row as ``make`` maps it.

        Args:
            select: the query.
            make: maps a row; a ValueError or TypeError of it means that the row is damaged.
            what: names the data in the message, such as ``The attempts of test1``.

        Raises:
            DatabaseCorrupt: a row cannot be read.
            StorageError: the database failed.
        """
        with translating(), intact(what):
            # Statements change rows behind SQLAlchemy's cache of them.
            result = self._session.execute(select, execution_options={"populate_existing": True})
            return [make(row) for row in result]

    @property
    def on_postgresql(self) -> bool:
        """Return whether the database is a PostgreSQL server, and not an SQLite file."""
        return self._session.get_bind().dialect.name == "postgresql"

    def within(self, work: Callable[[Connection], None]) -> None:
        """Do something to the schema, in this transaction.

        Raises:
            StorageError: the database failed.
        """
        with translating():
            work(self._session.connection())

    def run(self, statement: Insert | Update | Delete) -> int:
        """Change rows and return how many were changed.

        Raises:
            StorageError: the database failed.
        """
        with translating():
            result = self._session.execute(
                statement, execution_options={"synchronize_session": False}
            )
            return cast("CursorResult[Any]", result).rowcount

    def insert(self, statement: Insert) -> int:
        """Add one row to a table with a numeric key and return that key.

        Raises:
            StorageError: the database failed.
        """
        with translating():
            result = cast("CursorResult[Any]", self._session.execute(statement))
            key = result.inserted_primary_key
            assert key is not None
            return int(key[0])


@contextmanager
def intact(what: str) -> Iterator[None]:
    """Re-raise failures to interpret stored data.

    Args:
        what: names the data in the message, such as ``The attempts of test1``.

    Raises:
        DatabaseCorrupt: the block raised a ValueError, TypeError, AttributeError or LookupError.
    """
    try:
        yield
    except (ValueError, TypeError, AttributeError, LookupError) as exc:
        raise DatabaseCorrupt(
            f"{what} cannot be read: the stored data is damaged.",
            hint="Remove the person and enroll them again, or restore a backup.",
        ) from exc
