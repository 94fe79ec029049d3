"""What decides over access, as rows; nothing of SQLAlchemy leaves this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from kiosk.core.records.security_state import (
    Facts,
    Kind,
    Thing,
    account_facts,
    factor_facts,
    is_compared,
    key_facts,
    person_facts,
    setting_facts,
)
from kiosk.storage.database.tables import ApiKeyRow, PersonRow, PreferenceRow
from kiosk.storage.database.trust_tables import OperatorRow, SecondFactorRow
from kiosk.storage.enroll import enrollments

if TYPE_CHECKING:
    from sqlalchemy import Row

    from kiosk.storage.database.statements import Statements

_WHAT = "What decides over access"


class SqlStateRows:
    """Implements :class:`kiosk.core.records.security_state.StateRows`.

    Args:
        statements: of the unit of work.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def read(self) -> dict[Thing, Facts]:
        """Return everything that is compared; see the port."""
        found = [*self._settings(), *self._accounts(), *self._keys(), *self._factors()]
        return dict([*found, *self._people()])

    def _settings(self) -> list[tuple[Thing, Facts]]:
        query = select(PreferenceRow.key, PreferenceRow.value)
        rows = self._statements.rows(query, lambda row: (row[0], row[1]), _WHAT)
        return [
            (Thing(Kind.SETTING, key), setting_facts(key, value))
            for key, value in rows
            if is_compared(key)
        ]

    def _accounts(self) -> list[tuple[Thing, Facts]]:
        query = select(
            OperatorRow.login,
            OperatorRow.role,
            OperatorRow.hash,
            OperatorRow.enabled,
            OperatorRow.must_change,
        )

        def account(row: Row[str, str, str, bool, bool]) -> tuple[Thing, Facts]:
            facts = account_facts(row[1], row[2], enabled=row[3], must_change=row[4])
            return Thing(Kind.ACCOUNT, row[0]), facts

        return self._statements.rows(query, account, _WHAT)

    def _keys(self) -> list[tuple[Thing, Facts]]:
        query = select(ApiKeyRow)

        def key(row: Row[ApiKeyRow]) -> tuple[Thing, Facts]:
            facts = key_facts(map(str, row[0].rights), revoked=row[0].revoked_at is not None)
            return Thing(Kind.API_KEY, row[0].id), facts

        return self._statements.rows(query, key, _WHAT)

    def _factors(self) -> list[tuple[Thing, Facts]]:
        query = select(PersonRow.user_id, SecondFactorRow.kind, SecondFactorRow.hash).join(
            PersonRow, PersonRow.id == SecondFactorRow.person_id
        )
        return self._statements.rows(
            query, lambda row: (Thing(Kind(row[1]), row[0]), factor_facts(row[2])), _WHAT
        )

    def _people(self) -> list[tuple[Thing, Facts]]:
        pairs = self._statements.rows(enrollments.states(), lambda row: (row[0], row[1]), _WHAT)
        voiceprints = enrollments.by_person(pairs)
        query = select(PersonRow.user_id, PersonRow.enabled)
        people = self._statements.rows(query, lambda row: (row[0], row[1]), _WHAT)
        return [
            (
                Thing(Kind.PERSON, user_id),
                person_facts(voiceprints.get(user_id, ()), enabled=enabled),
            )
            for user_id, enabled in people
        ]
