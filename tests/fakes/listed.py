"""A person with what a list is ordered by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kiosk.core.people.users import ListedPerson, PeopleOrder

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.people.users import PersonSummary

_VALUES: dict[PeopleOrder, Callable[[PersonSummary], Any]] = {
    PeopleOrder.STATE: lambda one: one.model_ids,
    PeopleOrder.MODEL: lambda one: one.model_ids,
    PeopleOrder.TAKES: lambda one: one.takes if one.model_ids else None,
    PeopleOrder.ENROLLED: lambda one: one.enrolled_at,
    PeopleOrder.VERIFIED: lambda one: one.last_verified_at,
    PeopleOrder.SCORE: lambda one: one.last_score,
}


def listed(one: PersonSummary, order: PeopleOrder) -> ListedPerson:
    value = _VALUES.get(order)
    person = one.person
    found = None if value is None else value(one)
    return ListedPerson(person.user_id, person.name, person.enabled, found)
