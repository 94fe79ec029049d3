"""How a verification that was decided is stored and recorded."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import SYSTEM
from kiosk.core.people.users import AttemptRecord
from kiosk.core.records import events as audit_events
from kiosk.core.visit.outcomes import Inconclusive
from kiosk.core.visit.telling import SECOND_FACTOR, visible_to

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.ports import UnitOfWork
    from kiosk.core.visit.outcomes import NotVerified, Verified
    from kiosk.services.visit.claims import Template

NOBODY, ENROLL_AGAIN = "nobody_to_compare", "enroll_again"
"""Reasons of a rejection beside the voice; in records only, never told to whoever tries."""


def store(
    work: UnitOfWork,
    at: datetime,
    user_id: str,
    outcome: Verified | NotVerified | Inconclusive,
    reasons: tuple[str, ...],
    count: int | None = None,
) -> None:
    """Store and record what was decided, within the transaction that decides it.

    Args:
        work: of that transaction.
        at: now.
        user_id: what records call the claimed ID.
        outcome: what was decided.
        reasons: for records only.
        count: how often it was inconclusive by now; None: that often is not recorded.
    """
    told = visible_to(outcome, SYSTEM)
    work.people.add_attempt(
        AttemptRecord(
            attempt_id=uuid.uuid4().hex,
            user_id=user_id,
            outcome=told.outcome,
            score=told.score,
            threshold=outcome.threshold,
            model_id=outcome.model_id,
            reasons=reasons,
            at=at,
        )
    )
    if count is not None or not isinstance(outcome, Inconclusive):
        work.audit.append(audit_events.decided(user_id, told, reasons, count))


def reasons_beside(found: Template, *, satisfied: bool) -> tuple[str, ...]:
    """Return the reasons of a rejection that are not the voice."""
    nobody = ENROLL_AGAIN if found.stale else NOBODY
    return (() if found.genuine else (nobody,)) + (() if satisfied else (SECOND_FACTOR,))
