"""The events that several use-cases record, so that they all look the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.audit import AuditAction, AuditEvent

if TYPE_CHECKING:
    from kiosk.core.attempts import Lock
    from kiosk.core.outcomes import Identification, Inconclusive, NotVerified, Verified

_OF_OUTCOME = {
    "verified": AuditAction.VERIFIED,
    "not_verified": AuditAction.NOT_VERIFIED,
    "inconclusive": AuditAction.INCONCLUSIVE,
    "locked": AuditAction.LOCKED,
}


def verification(
    user_id: str,
    outcome: str,
    score: float | None,
    threshold: float | None,
    model_id: str,
    reasons: tuple[str, ...] = (),
    **more: str | float | bool | None,
) -> AuditEvent:
    """Return the event of a decision about a claimed ID, known or not.

    Args:
        user_id: the claimed ID.
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
    outcome: Verified | NotVerified | Inconclusive, score: float | None, reasons: tuple[str, ...]
) -> AuditEvent:
    """Return the event of a verification that was decided.

    Args:
        outcome: what was decided.
        score: cosine score; None when nothing of the person's was compared.
        reasons: why it was decided so, beside the voice.
    """
    return verification(
        outcome.user_id, outcome.name, score, outcome.threshold, outcome.model_id, reasons
    )


def locked(user_id: str, lock: Lock, model_id: str) -> AuditEvent:
    """Return the event of a verification that was not even begun, after too many failures."""
    return verification(
        user_id, "locked", None, None, model_id, (str(lock.reason),), wait_seconds=lock.seconds
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
            "compared": len(found.candidates),
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
