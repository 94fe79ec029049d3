"""What stands around a comparison: who may try, what else they show, and who they claim to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.services.enroll.newcomers import Newcomers
from kiosk.services.limits.attempts import Attempts
from kiosk.services.limits.second_factor import SecondFactors
from kiosk.services.limits.throttle import Throttle
from kiosk.services.visit.claims import Claims

if TYPE_CHECKING:
    from kiosk.core.keys.ports import KioskSecret
    from kiosk.core.limits.attempts import Uptime
    from kiosk.core.policies import VerificationPolicy
    from kiosk.core.ports import ActivityLog, Clock, PinHasher, UnitOfWorkFactory


@dataclass(frozen=True)
class Trying:
    """Wired together; made by :meth:`build`.

    Attributes:
        throttle: counts failures under any key, for accounts too.
        attempts: counts those of people and places.
        factors: PINs and badges.
        claims: who is claimed.
        newcomers: adds people.
    """

    throttle: Throttle
    attempts: Attempts
    factors: SecondFactors
    claims: Claims
    newcomers: Newcomers

    @classmethod
    def build(
        cls,
        uow: UnitOfWorkFactory,
        policy: VerificationPolicy,
        clock: Clock,
        uptime: Uptime,
        hasher: PinHasher,
        secret: KioskSecret,
        activity: ActivityLog,
    ) -> Trying:
        """Wire them. Nothing is opened."""
        throttle = Throttle(clock, uptime, policy.attempts)
        attempts = Attempts(uow, throttle, secret, activity)
        factors = SecondFactors(uow, hasher, secret, clock, activity, policy.second_factor)
        claims = Claims(uow, attempts, factors, secret)
        return cls(throttle, attempts, factors, claims, Newcomers(attempts, factors))
