"""What decides over people and access, row by row, so that records can be compared with it.

The chain of audit records shows that nobody has changed a record. It does not show that nobody has
changed what the records are about: whoever can write the database can add an account, raise a role
or lower a threshold. So every change of these rows is recorded with what they hold afterwards, and
:mod:`kiosk.core.records.state_replay` compares the last record of each with the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.core.records.canonical import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable

Fact = str | bool | tuple[str, ...] | None
Facts = Mapping[str, Fact]
"""What is known of a thing, by names such as ``role``."""

MANIFEST = "manifest:"
"""Begins the preference that holds what decides of an installed voice model."""
_INTERNAL = ("retention:", "erasure:")
"""Beginnings of preferences that the program keeps for itself and changes unrecorded."""


class Kind(StrEnum):
    """What is compared."""

    SETTING = "setting"
    ACCOUNT = "account"
    API_KEY = "api-key"
    PERSON = "person"
    PIN = "pin"
    BADGE = "badge"


@dataclass(frozen=True, order=True)
class Thing:
    """One row, or several that belong together.

    Attributes:
        kind: of what.
        name: of a preference, a login, the ID of a key or of a person.
    """

    kind: Kind
    name: str


State = Mapping[Thing, Facts]


class StateRows(Protocol):
    """The present state within one unit of work."""

    def read(self) -> dict[Thing, Facts]:
        """Return everything that is compared.

        Raises:
            StorageError: it cannot be read.
        """


def is_compared(preference: str) -> bool:
    """Return whether changes of a preference are recorded, and so can be compared."""
    return not preference.startswith(_INTERNAL)


def setting_facts(name: str, value: str | None) -> Facts:
    """Return the facts of a preference; its value as records hold it."""
    shown = AuditEvent(AuditAction.SETTING_CHANGED, name, {"new": value}).details["new"]
    return {"value": None if shown is None else str(shown)}


def account_facts(role: str, hashed: str, *, enabled: bool, must_change: bool) -> Facts:
    """Return the facts of an account; of its secret only what recognizes the stored hash."""
    return {
        "role": role,
        "enabled": enabled,
        "must_change": must_change,
        "secret": fingerprint(hashed),
    }


def key_facts(rights: Iterable[str], *, revoked: bool) -> Facts:
    """Return the facts of an API key."""
    return {"rights": tuple(sorted(rights)), "revoked": revoked}


def person_facts(voiceprints: Iterable[str], *, enabled: bool) -> Facts:
    """Return the facts of a person.

    Args:
        voiceprints: what each stored voiceprint is known by; see
            :class:`kiosk.core.keys.ports.Binding`.
        enabled: whether they can be verified.
    """
    return {"enabled": enabled, "voiceprints": tuple(sorted(voiceprints))}


def followed(before: Iterable[str], after: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the details of a record about voiceprints that became others.

    Only of those: somebody may have put an earlier state in the place of another one.

    Args:
        before: what each voiceprint of the person was known by.
        after: what each is known by now.
    """
    former, now = set(before), set(after)
    return {"voiceprint": tuple(sorted(now - former)), "replaced": tuple(sorted(former - now))}


def factor_facts(hashed: str) -> Facts:
    """Return the facts of a PIN or badge: only what recognizes the stored hash."""
    return {"secret": fingerprint(hashed)}
