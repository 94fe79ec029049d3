"""The period of keeping, as it is stored among the preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.errors import InvalidInput, SettingsInvalid
from kiosk.core.people.retention import WARN_DAYS, RetentionPolicy, parse_period

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.ports import UnitOfWork

PERIOD = "retention"
"""The preference: ``bipa``, ``texas``, ``colorado``, ``none`` or ``custom:<days>``."""
WARNING = "retention_warn_days"
"""The preference: days before the end."""


def policy_in_force(work: UnitOfWork) -> RetentionPolicy:
    """Return the policy within a transaction.

    Raises:
        SettingsInvalid: what is stored cannot be used. Nobody is erased then, nor enrolled: how
            long they are kept cannot be said.
    """
    stored, warning = work.preferences.get(PERIOD), work.preferences.get(WARNING)
    try:
        warn_days = WARN_DAYS if warning is None else int(warning)
        return parse_period(stored or RetentionPolicy().stored, warn_days)
    except (ValueError, InvalidInput) as exc:
        raise SettingsInvalid(
            "The stored retention period cannot be used.",
            hint="Set it again with 'kiosk retention set'.",
        ) from exc


def store_policy(work: UnitOfWork, policy: RetentionPolicy, at: datetime) -> None:
    """Store the policy within a transaction."""
    work.preferences.set(PERIOD, policy.stored, at)
    work.preferences.set(WARNING, str(policy.warn_days), at)
