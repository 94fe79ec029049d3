"""One transaction on the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.storage.accounts.api_keys import SqlApiKeys
from kiosk.storage.accounts.operators import SqlOperators
from kiosk.storage.database.faults import translating
from kiosk.storage.database.statements import Statements
from kiosk.storage.enroll.adaptation import SqlAdaptedTakes
from kiosk.storage.enroll.kept_takes import SqlKeptTakes
from kiosk.storage.keys.sealing import UnitBox
from kiosk.storage.keys.template_keys import SqlSealedRows, SqlTemplateKeys
from kiosk.storage.limits.second_factors import SqlSecondFactors
from kiosk.storage.limits.throttles import SqlThrottles
from kiosk.storage.people.consent import SqlConsentReceipts
from kiosk.storage.people.repositories import SqlPeople
from kiosk.storage.people.retention import SqlRetention
from kiosk.storage.people.traces import SqlTraces
from kiosk.storage.preferences import SqlPreferences
from kiosk.storage.records.audit import SqlAudit
from kiosk.storage.records.state_rows import SqlStateRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from kiosk.core.keys.ports import TemplateBox
    from kiosk.core.records.chain import Chain


class SqlUnitOfWork:
    """Implements :class:`kiosk.core.ports.UnitOfWork`.

    Args:
        session: of this unit alone; whoever made it closes it.
        scrub: called after a commit that erased biometric data.
        box: seals and opens templates; None where the database was opened without keys.
        chain: chains audit records; None where the database was opened without keys.
    """

    def __init__(
        self,
        session: Session,
        scrub: Callable[[], None],
        box: TemplateBox | None = None,
        chain: Chain | None = None,
    ) -> None:
        self._session = session
        self._scrub = scrub
        self._chain = chain
        statements = Statements(session)
        unit_box = UnitBox(statements, box)
        self._people = SqlPeople(statements, unit_box)
        self._preferences = SqlPreferences(statements)
        self._api_keys = SqlApiKeys(statements)
        self._audit = SqlAudit(statements, chain)
        self._adapted = SqlAdaptedTakes(statements, unit_box)
        self._throttles = SqlThrottles(statements)
        self._second_factors = SqlSecondFactors(statements)
        self._operators = SqlOperators(statements)
        self._consents = SqlConsentReceipts(statements)
        self._retention = SqlRetention(statements)
        self._traces = SqlTraces(statements)
        self._state_rows = SqlStateRows(statements)
        self._template_keys = SqlTemplateKeys(statements)
        self._kept_takes = SqlKeptTakes(statements, unit_box)
        self._sealed_rows = SqlSealedRows(statements, unit_box)

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

    @property
    def adapted(self) -> SqlAdaptedTakes:
        """Return what voiceprints have learned."""
        return self._adapted

    @property
    def audit(self) -> SqlAudit:
        """Return the audit records."""
        return self._audit

    @property
    def access(self) -> SqlStateRows:
        """Return what decides over access."""
        return self._state_rows

    @property
    def throttles(self) -> SqlThrottles:
        """Return how often somebody has failed."""
        return self._throttles

    @property
    def second_factors(self) -> SqlSecondFactors:
        """Return what people have beside their voice."""
        return self._second_factors

    @property
    def operators(self) -> SqlOperators:
        """Return the accounts."""
        return self._operators

    @property
    def template_keys(self) -> SqlTemplateKeys:
        """Return the records of template keys."""
        return self._template_keys

    @property
    def kept_takes(self) -> SqlKeptTakes:
        """Return the kept enrollment takes."""
        return self._kept_takes

    @property
    def sealed_rows(self) -> SqlSealedRows:
        """Return everything that is sealed."""
        return self._sealed_rows

    @property
    def consents(self) -> SqlConsentReceipts:
        """Return the consent receipts."""
        return self._consents

    @property
    def retention(self) -> SqlRetention:
        """Return when people were last here."""
        return self._retention

    @property
    def traces(self) -> SqlTraces:
        """Return what any table holds of a person."""
        return self._traces

    def commit(self) -> None:
        """Make everything durable; see the port."""
        with translating():
            self._session.commit()
        if self._chain is not None and self._audit.newest is not None:
            newest, changed = self._audit.newest, self._audit.changed
            self._audit.newest, self._audit.changed = None, False
            self._chain.committed(newest, changed=changed)
        erasing = (self._people, self._sealed_rows, self._adapted, self._kept_takes)
        if any(each.erased for each in erasing):
            for each in erasing:
                each.erased = False
            self._scrub()
