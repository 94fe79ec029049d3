"""The events that several use-cases record, so that they all look the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.records.audit import AuditAction, AuditEvent

if TYPE_CHECKING:
    from kiosk.core.limits.attempts import Lock
    from kiosk.core.visit.outcomes import Identification
    from kiosk.core.visit.telling import Told

_OF_OUTCOME = {
    "verified": AuditAction.VERIFIED,
    "not_verified": AuditAction.NOT_VERIFIED,
    "inconclusive": AuditAction.INCONCLUSIVE,
    "locked": AuditAction.LOCKED,
}


def verification(
    user_id: str | None,
    outcome: str,
    score: float | None,
    threshold: float | None,
    model_id: str,
    reasons: tuple[str, ...] = (),
    **more: object,
) -> AuditEvent:
    """Return the event of a decision about a claimed ID, known or not.

    Args:
        user_id: what records call the claimed ID; None where none was claimed.
        outcome: name of the outcome: ``verified``, ``not_verified``, ``inconclusive``, ``locked``.
        score: cosine score; None when nothing was compared.
        threshold: in force at that moment; None when it was not looked at.
        model_id: the model in use.
        reasons: why a recording could not be compared, or why nobody was.
        more: further details, such as ``attempt`` or ``second_factor``.
    """
    details = {"score": score, "threshold": threshold, "model_id": model_id, "reasons": reasons}
    return AuditEvent(_OF_OUTCOME[outcome], user_id, {**details, **more})


def decided(
    user_id: str,
    told: Told,
    reasons: tuple[str, ...],
    count: int | None = None,
) -> AuditEvent:
    """Return the event of a verification that was decided.

    Args:
        user_id: what records call the claimed ID.
        told: what the system is told of the decision.
        reasons: why it was decided so, beside the voice.
        count: of one that is inconclusive, which of a series; those between two that are recorded
            are not.
    """
    more: dict[str, object] = {} if count is None else {"count": count}
    if told.basis is not None:
        more |= told.basis.details()
    return verification(
        user_id, told.outcome, told.score, told.threshold, told.model_id, reasons, **more
    )


def locked(user_id: str | None, lock: Lock, model_id: str, count: int = 1) -> AuditEvent:
    """Return the event of a comparison that was not even begun, after too many failures.

    Args:
        user_id: what records call the claimed ID; None where none was claimed.
        lock: why.
        model_id: the model in use.
        count: which of a series it is; those between two that are recorded are not.
    """
    reasons = (str(lock.reason),)
    wait = lock.retry_after_s
    return verification(
        user_id, "locked", None, None, model_id, reasons, wait_seconds=wait, count=count
    )


def refused(user_id: str, why: str) -> AuditEvent:
    """Return the event of a verification that was refused before anything was compared.

    Args:
        user_id: the claimed ID.
        why: code of the error.
    """
    return AuditEvent(AuditAction.REFUSED, user_id, {"reasons": (why,)})


def identified(found: Identification) -> AuditEvent:
    """Return the event of an identification: who came first, and how many were compared."""
    best = found.candidates[0] if found.candidates else None
    return AuditEvent(
        AuditAction.IDENTIFIED,
        None if best is None else best.user_id,
        {
            "score": None if best is None else best.score,
            "margin": found.margin,
            "threshold": found.threshold,
            "model_id": found.model_id,
            "compared": found.compared,
            "second_factor_wrong": found.factor_wrong,
            "reasons": tuple(reason.value for reason in found.reasons),
        },
    )


def setting(name: str, old: str | None, new: str | None) -> AuditEvent:
    """Return the event of a changed setting; what decides has an action of its own.

    Args:
        name: of the preference.
        old: value before; None when it was the default.
        new: value after; None for the default.
    """
    action = AuditAction.SETTING_CHANGED
    if name.startswith("threshold:"):
        action = AuditAction.THRESHOLD_CHANGED
    elif name == "model":
        action = AuditAction.MODEL_CHOSEN
    return AuditEvent(action, name, {"old": old, "new": new})
