"""PINs and badges beside the voice: set them, and compare what is shown."""

from __future__ import annotations

import hmac
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.audit import AuditAction, AuditEvent
from kiosk.core.errors import InvalidInput, UnknownUser
from kiosk.core.roles import Action, require
from kiosk.core.second_factor import FactorKind, FactorRule, clean_badge, clean_pin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.ports import ActivityLog, Clock, PinHasher, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.second_factor import Factor
    from kiosk.core.vault_ports import KioskSecret

_NOBODYS_PIN = "not a PIN, and longer than any"


@dataclass(frozen=True)
class Expected:
    """What a person would have to show.

    Attributes:
        kinds: what they have.
        pin: hash of the PIN, or None.
        badge: keyed hash of the badge, or None.
    """

    kinds: tuple[FactorKind, ...]
    pin: str | None
    badge: str | None


class SecondFactors:
    """Argon2id hashes of PINs, and keyed hashes of badges.

    A badge's number is no secret that a slow hash could protect: there are too few of them. What
    protects it in the table is the kiosk's secret.

    Args:
        uow: begins transactions.
        hasher: of PINs.
        secret: keys the hashes of badges.
        clock: when one was set.
        activity: told that one was set or removed, never which.
        rule: what the site asks for.
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
        self._hasher = hasher
        self._secret = secret
        self._clock = clock
        self._activity = activity
        self.rule = rule
        self._guard = threading.Lock()
        self._nobodys_hash: str | None = None

    @property
    def asked(self) -> bool:
        """Return whether people are asked for a second factor."""
        return self.rule is not FactorRule.NONE

    # --- for operators -----------------------------------------------------------------------

    def kinds(self, user_id: str) -> tuple[FactorKind, ...]:
        """Return what a person has; nothing for an unknown one."""
        with self._uow() as work:
            return work.second_factors.kinds(user_id)

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
        hashed = self._hasher.hash(clean_pin(pin, user_id))
        with self._uow() as work:
            work.second_factors.put(user_id, FactorKind.PIN, hashed, self._clock.now())
            work.audit.append(_changed(AuditAction.FACTOR_SET, user_id, FactorKind.PIN))
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
        hashed = self.badge_hash(cleaned)
        with self._uow() as work:
            owner = work.second_factors.owner(FactorKind.BADGE, hashed)
            if owner not in (None, user_id):
                raise InvalidInput(f"This is the badge of {owner}.", hint="Use another one.")
            if work.people.get(cleaned) is not None:
                # Whoever types it means that person: an ID comes before a badge.
                raise InvalidInput("The number of the badge is an ID.", hint="Use another one.")
            work.second_factors.put(user_id, FactorKind.BADGE, hashed, self._clock.now())
            work.audit.append(_changed(AuditAction.FACTOR_SET, user_id, FactorKind.BADGE))
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
            if work.people.get(user_id) is None:
                raise UnknownUser(f"Nobody is enrolled under the ID {user_id}.")
            removed = work.second_factors.remove(user_id, kind)
            if removed:
                work.audit.append(_changed(AuditAction.FACTOR_REMOVED, user_id, kind))
            work.commit()
        if removed:
            word = "PIN" if kind is FactorKind.PIN else "Badge"
            self._activity.write(f"{word} of {user_id} removed")
        return removed

    # --- within a verification ---------------------------------------------------------------

    def badge_hash(self, badge: str) -> str:
        """Return the keyed hash of a badge, 64 hexadecimal digits."""
        return self._secret.mac("badge", badge.strip().encode()).hex()

    def expected(self, work: UnitOfWork, user_id: str) -> Expected:
        """Return what a person would have to show; as many questions for an unknown one."""
        if not self.asked:
            return Expected((), None, None)
        store = work.second_factors
        pin, badge = store.get(user_id, FactorKind.PIN), store.get(user_id, FactorKind.BADGE)
        present = ((FactorKind.BADGE, badge), (FactorKind.PIN, pin))
        return Expected(tuple(kind for kind, hashed in present if hashed is not None), pin, badge)

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
                found |= self._hasher.matches(hashed, factor.text) and expected.pin is not None
            if factor.may_be_badge:
                shown_hash = self.badge_hash(factor.text)
                same = hmac.compare_digest(shown_hash, expected.badge or "0" * len(shown_hash))
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
                "A second factor is needed beside the voice.", hint="Show a PIN or a badge too."
            )

    def _nobodys(self) -> str:
        with self._guard:
            if self._nobodys_hash is None:
                self._nobodys_hash = self._hasher.hash(_NOBODYS_PIN)
            return self._nobodys_hash


def _changed(action: AuditAction, user_id: str, kind: FactorKind) -> AuditEvent:
    return AuditEvent(action, user_id, {"kind": kind.value})
