"""What the rows that decide over access must be like, after everything that was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kiosk.core.records.audit import AuditAction
from kiosk.core.records.security_state import MANIFEST, Fact, Facts, Kind, State, Thing, is_compared
from kiosk.core.records.state_words import said_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kiosk.core.records.audit import AuditRecord

_SETTINGS = (
    AuditAction.SETTING_CHANGED,
    AuditAction.THRESHOLD_CHANGED,
    AuditAction.MODEL_CHOSEN,
)
_OF_ACCOUNTS: Mapping[str, frozenset[str]] = {
    AuditAction.ACCOUNT_CHANGED: frozenset({"role", "enabled"}),
    AuditAction.SECRET_CHANGED: frozenset({"secret", "must_change"}),
}
"""What of an account an action can have changed. All else that its record says is only how the row
was found, by whoever may have altered it before."""
_VOICEPRINTS = (
    AuditAction.ENROLLED,
    AuditAction.REENROLLED,
    AuditAction.VOICEPRINT_IMPORTED,
)
_FOLLOWED = (AuditAction.ADAPTED, AuditAction.ROLLED_BACK)
"""By which a voiceprint that is there becomes another one."""
_GONE = (AuditAction.ERASED, AuditAction.PURGED)
REPLAYED = tuple(
    action.value
    for action in (
        *_SETTINGS,
        AuditAction.ACCOUNT_ADDED,
        AuditAction.ACCOUNT_CHANGED,
        AuditAction.SECRET_CHANGED,
        *_VOICEPRINTS,
        *_FOLLOWED,
        *_GONE,
        AuditAction.STATE_ADOPTED,
        AuditAction.STATE_FOUND,
        AuditAction.ACCOUNT_REMOVED,
        AuditAction.API_KEY_CREATED,
        AuditAction.API_KEY_REVOKED,
        AuditAction.FACTOR_SET,
        AuditAction.FACTOR_REMOVED,
        AuditAction.ENABLED,
        AuditAction.DISABLED,
    )
)
"""The actions after which a row is another one; all others are passed over.

The end of the chain is authenticated with the records of just these, see
:meth:`kiosk.core.records.chain.Chain.changes`: an action belongs here from its beginning, or never.
"""
_REPLAYED = frozenset(REPLAYED)
_COUNTED = {
    AuditAction.NOT_VERIFIED: ("person", False),
    **dict.fromkeys(
        (
            AuditAction.VERIFIED,
            AuditAction.UNLOCKED,
            AuditAction.ENROLLED,
            AuditAction.REENROLLED,
            AuditAction.VOICEPRINT_IMPORTED,
            *_GONE,
        ),
        ("person", True),
    ),
    AuditAction.SIGN_IN_REFUSED: ("account", False),
    **dict.fromkeys(
        (
            AuditAction.SIGNED_IN,
            AuditAction.SECRET_CHANGED,
            AuditAction.ACCOUNT_ADDED,
            AuditAction.ACCOUNT_REMOVED,
        ),
        ("account", True),
    ),
}
"""Whose failures an action is about, and whether it forgives them."""
_IN_PARALLEL = 4
_SECOND_FACTOR = "second_factor"
"""The preference that says whether a voice is enough."""
_FACTORS = (Kind.PIN, Kind.BADGE)
_MAY_BE_MISSING = (Kind.API_KEY, Kind.PERSON)
"""Whoever has no row any more can do nothing with it."""


@dataclass(frozen=True)
class Difference:
    """A row that is not as the last record about it says.

    Attributes:
        thing: which one.
        text: one plain sentence that says what was found and what was recorded.
    """

    thing: Thing
    text: str

    @property
    def grave(self) -> bool:
        """Return whether somebody could be let in by it who must not be."""
        if self.thing.kind is Kind.SETTING:
            name = self.thing.name
            return name.startswith(("threshold:", MANIFEST)) or name == _SECOND_FACTOR
        return self.thing.kind in (Kind.ACCOUNT, Kind.API_KEY)


class Replay:
    """Follows the records, the oldest first; those of other actions than :data:`REPLAYED` too."""

    def __init__(self) -> None:
        self._expected: dict[Thing, Facts] = {}
        self._failures: dict[tuple[str, str], int] = {}

    def take(self, record: AuditRecord) -> None:
        """Follow a record, which must be as the kiosk has written it."""
        action, subject = record.action, record.subject or ""
        if action in _COUNTED:
            self._count(record, subject)
        if action not in _REPLAYED:
            return
        details = record.details
        if action == AuditAction.STATE_ADOPTED:
            self._expected.clear()
        elif action == AuditAction.STATE_FOUND:
            self._found(subject, details)
        elif action in _SETTINGS:
            new = details.get("new")
            self._expected[Thing(Kind.SETTING, subject)] = {"value": new}
        elif action == AuditAction.ACCOUNT_ADDED:
            self._expected[Thing(Kind.ACCOUNT, subject)] = _facts(details)
        elif action in _OF_ACCOUNTS:
            facts = {name: _fact(details[name]) for name in _OF_ACCOUNTS[action] & details.keys()}
            self._change_known(Thing(Kind.ACCOUNT, subject), facts)
        elif action == AuditAction.ACCOUNT_REMOVED:
            self._expected.pop(Thing(Kind.ACCOUNT, subject), None)
        elif action in (AuditAction.API_KEY_CREATED, AuditAction.API_KEY_REVOKED):
            revoked = action == AuditAction.API_KEY_REVOKED
            self._change(Thing(Kind.API_KEY, subject), {**_facts(details), "revoked": revoked})
        else:
            self._person(action, subject, details)

    def differences(self, found: State) -> tuple[Difference, ...]:
        """Return what the records do not explain, in the order of kinds and names.

        Args:
            found: the state at the moment of the last record that was taken.
        """
        different = []
        for thing in sorted({*self._expected, *found}):
            expected = self._expected.get(thing)
            if thing.kind in _FACTORS and Thing(Kind.PERSON, thing.name) not in found:
                continue  # of nobody, and so of no use
            text = _difference(thing, expected, found.get(thing))
            if text:
                different.append(Difference(thing, text))
        return tuple(different)

    def forgotten(self, counted: Mapping[tuple[str, str], int]) -> tuple[str, ...]:
        """Return whose failures are not counted any more although nothing has forgiven them.

        Args:
            counted: see :class:`kiosk.services.records.audit.FailureCounts`.

        Returns:
            One plain sentence each.
        """
        said = []
        for (kind, name), count in sorted(counted.items()):
            recorded = self._failures.get((kind, name), 0)
            # A few may be forgiven by a success at the same time, before they are recorded.
            if recorded - count > _IN_PARALLEL:
                said.append(
                    f"{recorded} failed tries of {name} were recorded, but only {count} are "
                    "counted: somebody has set the count back."
                )
        return tuple(said)

    def _count(self, record: AuditRecord, subject: str) -> None:
        kind, forgives = _COUNTED[AuditAction(record.action)]
        key = (kind, subject)
        if record.action == AuditAction.UNLOCKED and not record.details.get("checked"):
            return  # only the wait has ended
        if record.action == AuditAction.SIGN_IN_REFUSED and record.details.get("reason") != "wrong":
            return
        if not subject and forgives:
            self._failures = {k: n for k, n in self._failures.items() if k[0] != kind}
        self._failures[key] = 0 if forgives else self._failures.get(key, 0) + 1

    def _person(self, action: str, subject: str, details: dict[str, Any]) -> None:
        person = Thing(Kind.PERSON, subject)
        if action in _GONE:
            self._forget(subject)
        elif action in _VOICEPRINTS:
            self._change(person, {"enabled": True, **self._expected.get(person, {})})
            self._change(person, {"voiceprints": _listed(details.get("voiceprint"))})
        elif action in _FOLLOWED:
            self._follow(person, _listed(details.get("replaced")), details.get("voiceprint"))
        elif action in (AuditAction.ENABLED, AuditAction.DISABLED):
            self._change_known(person, {"enabled": action == AuditAction.ENABLED})
        elif action == AuditAction.FACTOR_SET:
            self._expected[_factor(subject, details)] = {"secret": _fact(details.get("secret"))}
        elif action == AuditAction.FACTOR_REMOVED:
            self._expected.pop(_factor(subject, details), None)

    def _found(self, subject: str, details: dict[str, Any]) -> None:
        kind = details.pop("kind", None)
        if kind in list(Kind):
            self._expected[Thing(Kind(kind), subject)] = _facts(details)

    def _change(self, thing: Thing, facts: Facts) -> None:
        self._expected[thing] = {**self._expected.get(thing, {}), **facts}

    def _change_known(self, thing: Thing, facts: Facts) -> None:
        """Change what is expected; what no record has told of stays unexpected."""
        if thing in self._expected:
            self._change(thing, facts)

    def _follow(self, person: Thing, replaced: tuple[str, ...], new: Any) -> None:
        """Expect changed voiceprints, but not where those before were not the recorded ones."""
        known = _listed(self._expected.get(person, {}).get("voiceprints"))
        if set(replaced) <= set(known):
            kept = tuple(each for each in known if each not in replaced)
            self._change_known(person, {"voiceprints": (*kept, *_listed(new))})

    def _forget(self, user_id: str) -> None:
        """Expect nothing of a person any more; of nobody where all were erased."""
        theirs = (Kind.PERSON, *_FACTORS)
        for thing in [each for each in self._expected if each.kind in theirs]:
            if thing.name == user_id or not user_id:
                del self._expected[thing]


def _difference(thing: Thing, expected: Facts | None, found: Facts | None) -> str:
    """Return what is different, as a sentence; empty when nothing is."""
    if thing.kind is Kind.SETTING:
        before = None if expected is None else expected.get("value")
        now = None if found is None else found.get("value")
        # One that was never set and one that was set back to its default are both not there.
        known = expected is not None or not is_compared(thing.name)
        if before == now or (not known and now is None):
            return ""
        return said_of(thing, {"value": before} if expected is not None else None, {"value": now})
    if found is None:
        return "" if thing.kind in _MAY_BE_MISSING else said_of(thing, expected, None)
    if expected is None:
        return said_of(thing, None, found)
    different = {
        name: value
        for name, value in found.items()
        if name in expected and not _agrees(name, expected[name], value)
    }
    return said_of(thing, expected, different) if different else ""


def _agrees(name: str, expected: Fact, found: Fact) -> bool:
    if name == "voiceprints":
        # A voiceprint that is gone lets nobody in; one that was not recorded may.
        return set(_listed(found)) <= set(_listed(expected))
    return expected == found


def _factor(user_id: str, details: dict[str, Any]) -> Thing:
    return Thing(Kind.PIN if details.get("kind") == Kind.PIN else Kind.BADGE, user_id)


def _facts(details: dict[str, Any]) -> Facts:
    return {name: _fact(value) for name, value in details.items()}


def _fact(value: Any) -> Fact:
    return tuple(str(each) for each in value) if isinstance(value, list) else value


def _listed(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(each) for each in value)
