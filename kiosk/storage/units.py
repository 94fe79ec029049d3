"""Units of work on an engine, whatever the database behind it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from kiosk.storage.faults import translating

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from kiosk.core.ports import UnitOfWork


@contextmanager
def unit_of_work(engine: Callable[[], Engine], scrub: Callable[[], None]) -> Iterator[UnitOfWork]:
    """Begin a unit of work; it is rolled back on leaving unless it was committed.

    Args:
        engine: returns the engine, opening the database when that has not happened yet.
        scrub: called after a commit that erased biometric data.

    Raises:
        StorageError: see :mod:`kiosk.storage.faults`.
    """
    from sqlalchemy.orm import Session

    from kiosk.storage.unit_of_work import SqlUnitOfWork

    with translating():
        # Once closed it stays closed: a unit used after its end would hold the lock for ever.
        session = Session(engine(), autoflush=False, close_resets_only=False)
    try:
        yield SqlUnitOfWork(session, scrub)
    finally:
        with translating():
            session.close()
