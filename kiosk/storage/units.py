"""Units of work on an engine, whatever the database behind it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from kiosk.storage.database.faults import translating

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from kiosk.core.keys.ports import TemplateBox
    from kiosk.core.ports import UnitOfWork
    from kiosk.core.records.chain import Chain


@contextmanager
def unit_of_work(
    engine: Callable[[], Engine],
    scrub: Callable[[], None],
    box: TemplateBox | None = None,
    chain: Chain | None = None,
) -> Iterator[UnitOfWork]:
    """Begin a unit of work; it is rolled back on leaving unless it was committed.

    Args:
        engine: returns the engine, opening the database when that has not happened yet.
        scrub: called after a commit that erased biometric data.
        box: seals and opens templates; None where the database was opened without keys.
        chain: chains audit records; None where the database was opened without keys.

    Raises:
        StorageError: see :mod:`kiosk.storage.database.faults`.
    """
    from sqlalchemy.orm import Session

    from kiosk.storage.unit_of_work import SqlUnitOfWork

    with translating():
        # Once closed it stays closed: a unit used after its end would hold the lock for ever.
        session = Session(engine(), autoflush=False, close_resets_only=False)
    try:
        yield SqlUnitOfWork(session, scrub, box, chain)
    finally:
        with translating():
            session.close()
