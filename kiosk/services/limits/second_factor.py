"""PINs and badges beside the voice: set them, and compare what is shown."""

from __future__ import annotations

import hmac
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.accounts.roles import Action, require
from kiosk.core.errors import InvalidInput
from kiosk.core.keys.bound_hashes import BoundHasher, mac_text
from kiosk.core.limits.second_factor import OWNED, FactorKind, FactorRule, clean_badge, clean_pin
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.core.records.canonical import fingerprint
from kiosk.core.records.events import setting
from kiosk.services.known import known, spelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.keys.ports import KioskSecret
    from kiosk.core.limits.second_factor import Factor
    from kiosk.core.ports import ActivityLog, Clock, PinHasher, UnitOfWork, UnitOfWorkFactory

RULE = "second_factor"
"""The preference: a rule by its name."""
_NOBODYS_PIN = "not a PIN, and longer than any"


@dataclass(frozen=True)
class Expected:
    """What a person would have to show.

    Attributes:
        user_id: who.
        kinds: what they have.
        pin: hash of the PIN, or None.
        badge: keyed hash of the badge, or None.
    """

    user_id: str
    kinds: tuple[FactorKind, ...]
    pin: str | None
    badge: str | None


class SecondFactors:
    """Argon2id hashes of PINs, and keyed hashes of badges; both need the kiosk's secret.

    A badge's number is no secret that a slow hash could protect: there are too few of them. What
    protects it in the table is the kiosk's secret. Of a badge two hashes are kept: one finds whose
    it is, the other one says that it is theirs, so that a row copied to somebody else is none.

    Args:
        uow: begins transactions.
        hasher: of PINs.
        secret: keys the hashes.
        clock: when one was set.
        activity: told that one was set or removed, never which.
        rule: the least that the site asks for, by its configuration.

    Attributes:
        configured: that rule.
        rule: the one in force, as far as is known; see :meth:`follow`.
    """

    def __init__(
        self,
        uow: UnitOfWorkFactory,
        hasher: PinHasher,
        secret: KioskSecret,
        clock: Clock,
        activity: ActivityLog,
        rule: FactorRule = FactorRule.NONE,
    ) -> None:
        self._uow = uow
        self._hasher = BoundHasher(hasher, secret, "pin")
        self._secret = secret
        self._clock = clock
        self._activity = activity
        self.configured = self.rule = rule
        self._guard = threading.Lock()
        self._nobodys_hash: str | None = None

    @property
    def asked(self) -> bool:
        """Return whether people are asked for a second factor."""
        return self.rule is not FactorRule.NONE

    def follow(self, work: UnitOfWork) -> None:
        """Learn which rule is in force, at the beginning of whatever depends on it.

        The preference can ask for more than the configuration and never for less: who can write
        the database must not be able to switch a second factor off that a site requires.
        """
        self.rule = _stricter(self.configured, work.preferences.get(RULE))

    def in_force(self) -> FactorRule:
        """Return the rule in force.

        Raises:
            StorageError: it cannot be asked.
        """
        with self._uow() as work:
            self.follow(work)
        return self.rule

    def set_rule(self, rule: FactorRule) -> None:
        """Ask for this from now on, or for what the configuration asks where that is more.

        Raises:
            NotPermitted: who acts may not change settings.
            StorageError: nothing was stored.
        """
        require(Action.SETTINGS)
        with self._uow() as work:
            before = work.preferences.get(RULE)
            if before != rule.value:
                work.preferences.set(RULE, rule.value, self._clock.now())
                work.audit.append(setting(RULE, before, rule.value))
            work.commit()
        self.rule = _stricter(self.configured, rule.value)

    # --- for operators -----------------------------------------------------------------------

    def kinds(self, user_id: str) -> tuple[FactorKind, ...]:
        """Return what a person has; nothing for an unknown one."""
        with self._uow() as work:
            return work.second_factors.kinds(spelled(work, user_id))

    def holders(self) -> dict[str, tuple[FactorKind, ...]]:
        """Return who has a PIN or a badge, and what."""
        with self._uow() as work:
            return work.second_factors.holders()

    def set_pin(self, user_id: str, pin: str) -> None:
        """Set a person's PIN, in the place of the one before.

        Raises:
            UnknownUser: nobody has that ID.
            InvalidInput: not 4 to 12 digits, or too easy to guess.
            NotPermitted: whoever acts may not.
        """
        require(Action.SECOND_FACTOR)
        with self._uow() as work:
            user_id = known(work, user_id).user_id
        hashed = self._hasher.hash(user_id, clean_pin(pin, user_id))
        with self._uow() as work:
            work.second_factors.put(user_id, FactorKind.PIN, hashed, self._clock.now())
            work.audit.append(_set(user_id, FactorKind.PIN, hashed))
            work.commit()
        self._activity.write(f"PIN of {user_id} set")

    def set_badge(self, user_id: str, badge: str) -> None:
        """Set a person's badge, in the place of the one before.

        Raises:
            UnknownUser: nobody has that ID.
            InvalidInput: it cannot be used, or is the badge or the ID of somebody.
            NotPermitted: whoever acts may not.
        """
        require(Action.SECOND_FACTOR)
        cleaned = clean_badge(badge)
        with self._uow() as work:
            user_id = known(work, user_id).user_id
            hashed = self._badge_of(user_id, cleaned)
            owner = self.owner(work, cleaned)
            if owner not in (None, user_id):
                raise InvalidInput(f"This is the badge of {owner}.", hint="Use another one.")
            if work.people.get(cleaned) is not None:
                # Whoever types it means that person: an ID comes before a badge.
                raise InvalidInput("This badge number is already an ID.", hint="Use another one.")
            work.second_factors.put(user_id, FactorKind.BADGE, hashed, self._clock.now())
            work.audit.append(_set(user_id, FactorKind.BADGE, hashed))
            work.commit()
        self._activity.write(f"Badge of {user_id} set")

    def remove(self, user_id: str, kind: FactorKind) -> bool:
        """Remove a person's PIN or badge; False when there was none.

        Raises:
            UnknownUser: nobody has that ID.
            NotPermitted: whoever acts may not.
        """
        require(Action.SECOND_FACTOR)
        with self._uow() as work:
            user_id = known(work, user_id).user_id
            removed = work.second_factors.remove(user_id, kind)
            if removed:
                removing = {"kind": kind.value}
                work.audit.append(AuditEvent(AuditAction.FACTOR_REMOVED, user_id, removing))
            work.commit()
        if removed:
            word = "PIN" if kind is FactorKind.PIN else "Badge"
            self._activity.write(f"{word} of {user_id} removed")
        return removed

    # --- within a verification ---------------------------------------------------------------

    def owner(self, work: UnitOfWork, badge: str) -> str | None:
        """Return the ID of whoever has this badge, or None."""
        return work.second_factors.owner(FactorKind.BADGE, self.badge_hash(badge))

    def badge_hash(self, badge: str) -> str:
        """Return the keyed hash by which a badge is found, 64 hexadecimal digits."""
        return self._secret.mac("badge", badge.strip().encode()).hex()

    def expected(self, work: UnitOfWork, user_id: str) -> Expected:
        """Return what a person would have to show by the rule that is in force by now.

        As many questions are asked for an unknown person.
        """
        self.follow(work)
        if not self.asked:
            return Expected(user_id, (), None, None)
        store = work.second_factors
        pin, badge = store.get(user_id, FactorKind.PIN), store.get(user_id, FactorKind.BADGE)
        present = ((FactorKind.BADGE, badge), (FactorKind.PIN, pin))
        kinds = tuple(kind for kind, hashed in present if hashed is not None)
        return Expected(user_id, kinds, pin, badge)

    def right(self, expected: Expected, shown: Sequence[Factor]) -> bool:
        """Return whether one of what is shown is what the person has.

        Takes a while, so never within a transaction; and as long for whoever has no PIN.
        """
        found = False
        # Made for everybody: or else the first one after a start would tell who has a PIN.
        nobodys = self._nobodys() if shown else ""
        for factor in shown:
            if factor.may_be_pin:
                hashed = expected.pin or nobodys
                same = self._hasher.matches(hashed, expected.user_id, factor.text)
                found |= same and expected.pin is not None
            if factor.may_be_badge:
                theirs = self._badge_of(expected.user_id, factor.text)
                same = hmac.compare_digest(
                    theirs.encode(), (expected.badge or "0" * len(theirs)).encode()
                )
                found |= same and expected.badge is not None
        return found

    def satisfied(self, expected: Expected, *, right: bool) -> bool:
        """Return whether the site's rule is kept."""
        if self.rule is FactorRule.NONE or right:
            return True
        # Whoever has none is not asked for more than the voice, where it is optional.
        return self.rule is FactorRule.OPTIONAL and not expected.kinds

    def require_shown(self, shown: Sequence[Factor]) -> None:
        """Refuse a try that cannot succeed for anybody; says nothing about who is claimed.

        Raises:
            InvalidInput: the rule requires a second factor, and none is shown.
        """
        if self.rule is FactorRule.REQUIRED and not shown:
            raise InvalidInput(
                "A PIN or badge is needed as well as the voice.", hint="Send a PIN or badge too."
            )

    def _nobodys(self) -> str:
        with self._guard:
            if self._nobodys_hash is None:
                self._nobodys_hash = self._hasher.hash("", _NOBODYS_PIN)
            return self._nobodys_hash

    def _badge_of(self, user_id: str, badge: str) -> str:
        """Return what is kept of somebody's badge: whose it is can be found, and then be proven."""
        owned = mac_text(self._secret, "badge-owner", user_id, badge.strip())
        return f"{self.badge_hash(badge)}{OWNED}{owned}"


def _stricter(configured: FactorRule, stored: str | None) -> FactorRule:
    """Return the stricter of two rules; one that cannot be read is the strictest."""
    if stored is None:
        return configured
    rules = list(FactorRule)
    wanted = FactorRule(stored) if stored in rules else FactorRule.REQUIRED
    return max(configured, wanted, key=rules.index)


def _set(user_id: str, kind: FactorKind, hashed: str) -> AuditEvent:
    details = {"kind": kind.value, "secret": fingerprint(hashed)}
    return AuditEvent(AuditAction.FACTOR_SET, user_id, details)
