"""One transaction on the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.storage.api_keys import SqlApiKeys
from kiosk.storage.faults import translating
from kiosk.storage.repositories import SqlPeople, SqlPreferences
from kiosk.storage.statements import Statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session


class SqlUnitOfWork:
    """Implements :class:`kiosk.core.ports.UnitOfWork`.

    Args:
        session: of this unit alone; whoever made it closes it.
        scrub: called after a commit that erased biometric data.
    """

    def __init__(self, session: Session, scrub: Callable[[], None]) -> None:
        self._session = session
        self._scrub = scrub
        statements = Statements(session)
        self._people = SqlPeople(statements)
        self._preferences = SqlPreferences(statements)
        self._api_keys = SqlApiKeys(statements)

    @property
    def people(self) -> SqlPeople:
        """Return the people."""
        return self._people

    @property
    def preferences(self) -> SqlPreferences:
        """Return the preferences."""
        return self._preferences

    @property
    def api_keys(self) -> SqlApiKeys:
        """Return the API keys."""
        return self._api_keys

    def commit(self) -> None:
        """Make everything durable; see the port."""
        with translating():
            self._session.commit()
        if self._people.erased:
            self._people.erased = False
            self._scrub()
