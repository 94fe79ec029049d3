"""What is recorded of everything that decides or changes something, so that it can be proven.

Records are chained, see :mod:`kiosk.core.records.chain`, and checked by
:mod:`kiosk.core.records.check`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from kiosk.core.characters import without_unprintable
from kiosk.core.records.canonical import parse
from kiosk.core.records.order import AuditOrder

if TYPE_CHECKING:
    from datetime import datetime

Detail = str | int | float | bool | None | tuple[str, ...]
"""What a detail may be: there is no room for an embedding, nor for sound, in any of them."""

MAX_SUBJECT = 120
"""Characters of a subject; longer ones are cut."""
MAX_TEXT = 300
"""Characters of a text in the details; longer ones are cut. The 192 numbers of an embedding need
1,024 characters at least."""
MAX_DETAILS = 24
"""Details of one record."""
MAX_LISTED = 20
"""Texts in a detail that lists several; further ones are left out."""
_MAX_LISTED_TEXT = 80
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class AuditAction(StrEnum):
    """Everything that is recorded; an action never changes its meaning."""

    CHAIN_BEGUN = "chain.begun"
    """The first record: from which version on the chain exists, and of which kiosk."""
    CHAIN_DAMAGED = "chain.damaged"
    """The end of the chain was not as it had been left when the next record was written."""
    STATE_ADOPTED = "state.adopted"
    """What decides over access is taken as it is found, and listed in the records that follow."""
    STATE_FOUND = "state.found"
    STATE_DIFFERS = "state.differs"
    """What decides over access is not what the records say; the kiosk has refused to start."""
    GUARD_RESTORED = "audit.guard-restored"
    """What keeps the database from changing records was gone, and was put back."""
    PROGRAM_STARTED = "program.started"
    PROGRAM_STOPPED = "program.stopped"
    DATABASE_MIGRATED = "database.migrated"

    ENROLLED = "person.enrolled"
    REENROLLED = "person.re-enrolled"
    ENROLLMENT_REFUSED = "person.enrollment-refused"
    DUPLICATE_DECIDED = "person.duplicate-decided"
    RENAMED = "person.renamed"
    ENABLED = "person.enabled"
    DISABLED = "person.disabled"
    UNLOCKED = "person.unlocked"
    ADAPTED = "person.adapted"
    ROLLED_BACK = "person.rolled-back"
    FACTOR_SET = "person.second-factor-set"
    FACTOR_REMOVED = "person.second-factor-removed"
    EXPORTED = "person.exported"
    VOICEPRINT_EXPORTED = "person.voiceprint-exported"
    VOICEPRINT_IMPORTED = "person.voiceprint-imported"
    ERASED = "person.erased"
    PURGED = "person.purged"
    RECORDINGS_KEPT = "person.recordings-kept"
    RECORDINGS_ERASED = "person.recordings-erased"
    CONSENT_GIVEN = "consent.given"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    CONSENT_EXPORTED = "consent.exported"

    VERIFIED = "verification.verified"
    NOT_VERIFIED = "verification.not-verified"
    INCONCLUSIVE = "verification.inconclusive"
    LOCKED = "verification.locked"
    REFUSED = "verification.refused"
    IDENTIFIED = "identification.ranked"

    SIGNED_IN = "operator.signed-in"
    SIGNED_OUT = "operator.signed-out"
    SIGN_IN_REFUSED = "operator.sign-in-refused"
    NOT_PERMITTED = "operator.not-permitted"
    ACCOUNT_ADDED = "account.added"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_REMOVED = "account.removed"
    SECRET_CHANGED = "account.secret-changed"  # noqa: S105 - names what happened

    SETTING_CHANGED = "setting.changed"
    SETTINGS_IN_FORCE = "setting.in-force"
    """What the configuration says is not what it said at the last start."""
    THRESHOLD_CHANGED = "setting.threshold-changed"
    MODEL_CHOSEN = "model.chosen"
    MODEL_INSTALLED = "model.installed"

    KEY_CREATED = "key.created"
    KEY_DESTROYED = "key.destroyed"
    KEY_REPLACED = "key.replaced"
    KEYS_REVOKED = "key.revoked"
    KEYS_EXPORTED = "key.exported"
    KEYS_IMPORTED = "key.imported"
    TEMPLATES_SEALED = "key.templates-sealed"
    DATABASE_ADOPTED = "key.database-adopted"
    """An administrator has taken the database that is there now for that of this kiosk."""
    API_KEY_CREATED = "api-key.created"
    API_KEY_REVOKED = "api-key.revoked"
    API_KEY_REFUSED = "api-key.refused"

    BACKED_UP = "backup.created"
    BACKUP_DELETED = "backup.deleted"
    BACKUP_REWRITTEN = "backup.rewritten"
    """An erased person was taken out of a backup."""
    RESTORED = "backup.restored"
    AUDIT_EXPORTED = "audit.exported"
    AUDIT_ANCHORED = "audit.anchored"


DECISIONS = (
    AuditAction.VERIFIED,
    AuditAction.NOT_VERIFIED,
    AuditAction.INCONCLUSIVE,
    AuditAction.LOCKED,
)
"""How a verification ends."""


@dataclass(frozen=True)
class AuditEvent:
    """Something that happened, before it is a record; never with biometric data.

    Control characters and lone surrogates are replaced and long texts are cut, so that nothing
    that somebody typed can keep a decision from being recorded.

    Attributes:
        action: what happened.
        subject: whom or what it happened to: a person's ID, an account's login, the name of a
            setting, the ID of a key. Never a person's name, which an erasure could not remove.
        details: a few scalars and short texts by names such as ``score``; None values too.

    Raises:
        ValueError: details that are neither scalars nor texts, or too many of them.
    """

    action: AuditAction
    subject: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.details) > MAX_DETAILS:
            raise ValueError(f"a record holds at most {MAX_DETAILS} details")
        if self.subject is not None:
            object.__setattr__(self, "subject", _clean(self.subject, MAX_SUBJECT))
        tidy = {_key(name): _detail(name, value) for name, value in self.details.items()}
        object.__setattr__(self, "details", MappingProxyType(tidy))


@dataclass(frozen=True)
class AuditRecord:
    """One link of the chain, as it is stored.

    Attributes:
        seq: its number, from 1 without gaps.
        at: timezone-aware UTC.
        action: a value of :class:`AuditAction`; text, for a damaged record may say anything.
        actor: name of who did it.
        subject: whom or what it happened to.
        record: canonical JSON of all that and the details.
        mac: 64 hexadecimal digits that chain it to the record before.
    """

    seq: int
    at: datetime
    action: str
    actor: str
    subject: str | None
    record: str
    mac: str

    @property
    def details(self) -> dict[str, Any]:
        """Return the details; empty where the record is no JSON any more."""
        return dict(self._parsed().get("details") or {})

    @property
    def role(self) -> str:
        """Return the role in which the actor did it; empty where that cannot be read."""
        return str(self._parsed().get("role", ""))

    def _parsed(self) -> dict[str, Any]:
        return parse(self.record) or {}


@dataclass(frozen=True)
class Head:
    """Where the chain ends.

    Attributes:
        seq: number of the last record.
        mac: 64 hexadecimal digits over the number, the last record's ``mac`` and ``changes``.
        changes: 64 hexadecimal digits over the macs of all records since the state was last
            adopted after which a row that decides over access is another one; empty without any.
            Whoever hides one of them cannot make the rest agree with it.
    """

    seq: int
    mac: str
    changes: str = ""


@dataclass(frozen=True)
class Tail:
    """The end of the chain as it is found.

    Attributes:
        seq: number of the last record that is stored; 0 without any.
        mac: of that record; empty without any.
        head: where the chain should end; None where that is missing.
    """

    seq: int = 0
    mac: str = ""
    head: Head | None = None


@dataclass(frozen=True)
class Anchor:
    """A record that was noted outside of the database: ``seq,mac,time`` in a file."""

    seq: int
    mac: str
    at: datetime


@dataclass(frozen=True)
class AuditQuery:
    """Which records are wanted; everything that is given must hold.

    Attributes:
        since: not before this moment, and ``until`` before that one.
        actions: one of these, values of :class:`AuditAction`; any when empty.
        actor: by exactly this actor; and ``subject`` exactly whom it is about.
        text: somewhere in the record, upper and lower case alike.
        words: for each group, at least one of its texts is somewhere in the record.
        before: with a lower number; for the next page.
        limit: at most so many.
        offset: leave out so many of the first.
        order: by what; newest first within it, or the lowest and oldest where ``ascending``.
    """

    since: datetime | None = None
    until: datetime | None = None
    actions: tuple[str, ...] = ()
    actor: str | None = None
    subject: str | None = None
    text: str | None = None
    words: tuple[tuple[str, ...], ...] = ()
    before: int | None = None
    limit: int = 200
    offset: int = 0
    order: AuditOrder = AuditOrder.WHEN
    ascending: bool = False


def _key(name: str) -> str:
    if not _KEY.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a detail of a record")
    return name


def _detail(name: str, value: Any) -> Detail:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _clean(str(value), MAX_TEXT)
    if isinstance(value, int | float):
        plain = int(value) if isinstance(value, int) else float(value)
        # JSON knows no NaN; and as a text it is still told.
        return plain if math.isfinite(plain) else str(plain)
    if isinstance(value, Sequence) and all(isinstance(each, str) for each in value):
        return tuple(_clean(str(each), _MAX_LISTED_TEXT) for each in value[:MAX_LISTED])
    # Above all no arrays and no bytes: those are voices.
    raise ValueError(f"the detail {name} is neither a scalar nor a text")


def _clean(text: str, longest: int) -> str:
    """Return a text that every database, and UTF-8, can hold."""
    tidy = without_unprintable(text, _REPLACEMENT)
    return tidy if len(tidy) <= longest else f"{tidy[: longest - 1]}…"
