"""What decides over access, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from kiosk.core.records.security_state import StateRows
    from tests.fakes.storage import InMemoryUnitOfWork


class InMemoryState:
    """Implements :class:`kiosk.core.records.security_state.StateRows`."""

    def __init__(self, unit: InMemoryUnitOfWork) -> None:
        self._unit = unit

    def read(self) -> dict[Thing, Facts]:
        state = self._unit.state
        found: dict[Thing, Facts] = {
            Thing(Kind.SETTING, key): setting_facts(key, value)
            for key, value in state.preferences.items()
            if is_compared(key)
        }
        for login, account in state.operators.items():
            found[Thing(Kind.ACCOUNT, login)] = account_facts(
                account.role.value,
                account.hash,
                enabled=account.enabled,
                must_change=account.must_change,
            )
        for key_id, key in state.api_keys.items():
            found[Thing(Kind.API_KEY, key_id)] = key_facts(key.rights, revoked=key.revoked)
        for (user_id, kind), hashed in state.second_factors.items():
            found[Thing(Kind(kind.value), user_id)] = factor_facts(hashed)
        for user_id, person in state.people.items():
            theirs = self._unit.people.enrollment_ids(user_id)
            found[Thing(Kind.PERSON, user_id)] = person_facts(theirs, enabled=person.enabled)
        return found


if TYPE_CHECKING:

    def _implemented(unit: InMemoryUnitOfWork) -> StateRows:
        return InMemoryState(unit)
