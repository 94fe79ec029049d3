"""What matters most about a person, and how lists of people are found and ordered by it."""

from __future__ import annotations

import unicodedata
from enum import Enum
from typing import TYPE_CHECKING, Any

from kiosk.core.people.users import PeopleOrder

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from kiosk.core.limits.attempts import Lock
    from kiosk.core.people.users import ListedPerson, PersonSummary
    from kiosk.core.voice.comparing import Comparing


class PersonState(Enum):
    """What matters most about a person; the value says in which order they sort."""

    READY = 0
    WEAKER = 1
    REENROLL = 2
    NO_VOICE = 3
    DISABLED = 4
    LOCKED = 5


def state_of(
    summary: PersonSummary, deciding: Comparing | None, lock: Lock | None = None
) -> PersonState:
    """Return what matters most about a person.

    Args:
        summary: the person.
        deciding: the models that decide; None when none is loaded, then nobody is blamed for it.
        lock: set after too many failures.
    """
    return _state(summary.person.enabled, summary.model_ids, deciding, locked=lock is not None)


def plain(text: str) -> str:
    """Return a text without case and accents, as it is compared in a search."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def found(people: Iterable[ListedPerson], text: str) -> list[ListedPerson]:
    """Return those in whose ID or name every word of a text occurs, without case and accents."""
    words = plain(text).split()
    if not words:
        return list(people)
    return [
        one for one in people if all(word in plain(f"{one.user_id} {one.name}") for word in words)
    ]


def ordered(
    people: Sequence[ListedPerson],
    order: PeopleOrder,
    deciding: Comparing | None,
    locked: Container[str],
    *,
    ascending: bool,
) -> list[str]:
    """Return the IDs of people in an order.

    Args:
        people: with what they are ordered by.
        order: by what.
        deciding: the models that decide, or None.
        locked: who cannot be verified at this moment.
        ascending: the lowest first; who has nothing to be ordered by counts as the lowest.
    """

    def key(one: ListedPerson) -> tuple[Any, ...]:
        if order is PeopleOrder.NAME:
            return (plain(one.name), plain(one.user_id))
        if order is PeopleOrder.STATE:
            models = one.value if isinstance(one.value, tuple) else ()
            state = _state(one.enabled, models, deciding, locked=one.user_id in locked)
            return (state.value, plain(one.user_id))
        if one.value is None:
            return (False, plain(one.user_id))
        return (True, one.value, plain(one.user_id))

    return [one.user_id for one in sorted(people, key=key, reverse=not ascending)]


def _state(
    enabled: bool, models: Sequence[str], deciding: Comparing | None, *, locked: bool
) -> PersonState:
    if not enabled:
        return PersonState.DISABLED
    if locked:
        return PersonState.LOCKED
    if not models:
        return PersonState.NO_VOICE
    if deciding is None:
        return PersonState.READY
    by = deciding.by(models)
    if not by:
        return PersonState.REENROLL
    return PersonState.READY if by == deciding.models else PersonState.WEAKER
