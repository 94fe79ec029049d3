"""What records say, in the words of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from kiosk.core.hearing.quality import Reason
from kiosk.core.records.audit import AuditAction
from kiosk.core.records.report import outcome_of
from kiosk.core.words import QT_TRANSLATE_NOOP
from kiosk.ui import messages

if TYPE_CHECKING:
    from kiosk.core.records.audit import AuditRecord

_CONTEXT = "activity"

_ACTIONS: dict[AuditAction, str] = {
    AuditAction.CHAIN_BEGUN: QT_TRANSLATE_NOOP("activity", "Audit records started"),
    AuditAction.CHAIN_DAMAGED: QT_TRANSLATE_NOOP("activity", "Damaged records found"),
    AuditAction.STATE_DIFFERS: QT_TRANSLATE_NOOP("activity", "Database does not match the records"),
    AuditAction.STATE_ADOPTED: QT_TRANSLATE_NOOP("activity", "Initial state recorded"),
    AuditAction.STATE_FOUND: QT_TRANSLATE_NOOP("activity", "Existing item recorded"),
    AuditAction.GUARD_RESTORED: QT_TRANSLATE_NOOP("activity", "Protection of records restored"),
    AuditAction.SETTINGS_IN_FORCE: QT_TRANSLATE_NOOP("activity", "Configuration changed"),
    AuditAction.PROGRAM_STARTED: QT_TRANSLATE_NOOP("activity", "Program started"),
    AuditAction.PROGRAM_STOPPED: QT_TRANSLATE_NOOP("activity", "Program stopped"),
    AuditAction.DATABASE_MIGRATED: QT_TRANSLATE_NOOP("activity", "Database updated"),
    AuditAction.ENROLLED: QT_TRANSLATE_NOOP("activity", "Enrolled"),
    AuditAction.REENROLLED: QT_TRANSLATE_NOOP("activity", "Re-enrolled"),
    AuditAction.ENROLLMENT_REFUSED: QT_TRANSLATE_NOOP("activity", "Enrollment refused"),
    AuditAction.DUPLICATE_DECIDED: QT_TRANSLATE_NOOP("activity", "Similar voice reviewed"),
    AuditAction.RENAMED: QT_TRANSLATE_NOOP("activity", "Renamed"),
    AuditAction.ENABLED: QT_TRANSLATE_NOOP("activity", "Enabled"),
    AuditAction.DISABLED: QT_TRANSLATE_NOOP("activity", "Disabled"),
    AuditAction.UNLOCKED: QT_TRANSLATE_NOOP("activity", "Unlocked"),
    AuditAction.ADAPTED: QT_TRANSLATE_NOOP("activity", "Voiceprint updated"),
    AuditAction.ROLLED_BACK: QT_TRANSLATE_NOOP("activity", "Voiceprint rolled back"),
    AuditAction.FACTOR_SET: QT_TRANSLATE_NOOP("activity", "PIN or badge set"),
    AuditAction.FACTOR_REMOVED: QT_TRANSLATE_NOOP("activity", "PIN or badge removed"),
    AuditAction.EXPORTED: QT_TRANSLATE_NOOP("activity", "Data exported"),
    AuditAction.VOICEPRINT_EXPORTED: QT_TRANSLATE_NOOP("activity", "Voiceprint exported"),
    AuditAction.VOICEPRINT_IMPORTED: QT_TRANSLATE_NOOP("activity", "Voiceprint imported"),
    AuditAction.ERASED: QT_TRANSLATE_NOOP("activity", "Deleted"),
    AuditAction.PURGED: QT_TRANSLATE_NOOP("activity", "Deleted automatically"),
    AuditAction.RECORDINGS_KEPT: QT_TRANSLATE_NOOP("activity", "Recordings kept"),
    AuditAction.RECORDINGS_ERASED: QT_TRANSLATE_NOOP("activity", "Recordings deleted"),
    AuditAction.CONSENT_GIVEN: QT_TRANSLATE_NOOP("activity", "Consent given"),
    AuditAction.CONSENT_WITHDRAWN: QT_TRANSLATE_NOOP("activity", "Consent withdrawn"),
    AuditAction.CONSENT_EXPORTED: QT_TRANSLATE_NOOP("activity", "Consent receipt exported"),
    AuditAction.VERIFIED: QT_TRANSLATE_NOOP("activity", "Verified"),
    AuditAction.NOT_VERIFIED: QT_TRANSLATE_NOOP("activity", "Not verified"),
    AuditAction.INCONCLUSIVE: QT_TRANSLATE_NOOP("activity", "Could not tell"),
    AuditAction.LOCKED: QT_TRANSLATE_NOOP("activity", "Locked"),
    AuditAction.REFUSED: QT_TRANSLATE_NOOP("activity", "Verification refused"),
    AuditAction.IDENTIFIED: QT_TRANSLATE_NOOP("activity", "Identified"),
    AuditAction.SIGNED_IN: QT_TRANSLATE_NOOP("activity", "Signed in"),
    AuditAction.SIGNED_OUT: QT_TRANSLATE_NOOP("activity", "Signed out"),
    AuditAction.SIGN_IN_REFUSED: QT_TRANSLATE_NOOP("activity", "Sign-in refused"),
    AuditAction.NOT_PERMITTED: QT_TRANSLATE_NOOP("activity", "Not allowed"),
    AuditAction.ACCOUNT_ADDED: QT_TRANSLATE_NOOP("activity", "Account added"),
    AuditAction.ACCOUNT_CHANGED: QT_TRANSLATE_NOOP("activity", "Account changed"),
    AuditAction.ACCOUNT_REMOVED: QT_TRANSLATE_NOOP("activity", "Account removed"),
    AuditAction.SECRET_CHANGED: QT_TRANSLATE_NOOP("activity", "PIN or password changed"),
    AuditAction.SETTING_CHANGED: QT_TRANSLATE_NOOP("activity", "Setting changed"),
    AuditAction.THRESHOLD_CHANGED: QT_TRANSLATE_NOOP("activity", "Threshold changed"),
    AuditAction.MODEL_CHOSEN: QT_TRANSLATE_NOOP("activity", "Voice model chosen"),
    AuditAction.MODEL_INSTALLED: QT_TRANSLATE_NOOP("activity", "Voice model installed"),
    AuditAction.KEY_CREATED: QT_TRANSLATE_NOOP("activity", "Key created"),
    AuditAction.KEY_DESTROYED: QT_TRANSLATE_NOOP("activity", "Key destroyed"),
    AuditAction.KEY_REPLACED: QT_TRANSLATE_NOOP("activity", "Key replaced"),
    AuditAction.KEYS_REVOKED: QT_TRANSLATE_NOOP("activity", "All keys revoked"),
    AuditAction.KEYS_EXPORTED: QT_TRANSLATE_NOOP("activity", "Keys exported"),
    AuditAction.KEYS_IMPORTED: QT_TRANSLATE_NOOP("activity", "Keys imported"),
    AuditAction.TEMPLATES_SEALED: QT_TRANSLATE_NOOP("activity", "Voiceprints encrypted"),
    AuditAction.DATABASE_ADOPTED: QT_TRANSLATE_NOOP("activity", "Replaced database accepted"),
    AuditAction.API_KEY_CREATED: QT_TRANSLATE_NOOP("activity", "API key created"),
    AuditAction.API_KEY_REVOKED: QT_TRANSLATE_NOOP("activity", "API key revoked"),
    AuditAction.API_KEY_REFUSED: QT_TRANSLATE_NOOP("activity", "API key refused"),
    AuditAction.BACKED_UP: QT_TRANSLATE_NOOP("activity", "Backup created"),
    AuditAction.BACKUP_DELETED: QT_TRANSLATE_NOOP("activity", "Backup deleted"),
    AuditAction.BACKUP_REWRITTEN: QT_TRANSLATE_NOOP("activity", "Person removed from backup"),
    AuditAction.RESTORED: QT_TRANSLATE_NOOP("activity", "Backup restored"),
    AuditAction.AUDIT_EXPORTED: QT_TRANSLATE_NOOP("activity", "Records exported"),
    AuditAction.AUDIT_ANCHORED: QT_TRANSLATE_NOOP("activity", "Records anchored"),
}

_ACTORS: dict[str, str] = {
    "visitor": QT_TRANSLATE_NOOP("activity", "Visitor"),
    "system": QT_TRANSLATE_NOOP("activity", "The kiosk"),
}
_KINDS: dict[str, str] = {
    "program": QT_TRANSLATE_NOOP("activity", "Program {0}"),
    "console": QT_TRANSLATE_NOOP("activity", "Console ({0})"),
}
_REASONS: dict[str, str] = {
    "nobody_to_compare": QT_TRANSLATE_NOOP("activity", "Nobody has this ID"),
    "second_factor": QT_TRANSLATE_NOOP("activity", "Wrong PIN or badge"),
    "enroll_again": QT_TRANSLATE_NOOP("activity", "Must enroll again: the voice model has changed"),
}
_SHOWN_ELSEWHERE = ("score", "threshold", "reasons", "old", "new", "model_id", "scorer")
"""Or nowhere: the scorer is named by its voice models, which stand beside their cosines."""
_FIRST = ("decision", "reason", "cosines", "one_in")
_DETAILS: dict[str, str] = {
    "cosines": QT_TRANSLATE_NOOP("activity", "cosine {0}"),
    "one_in": QT_TRANSLATE_NOOP("activity", "threshold: at most 1 impostor in {0}"),
    "llr": QT_TRANSLATE_NOOP("activity", "log-likelihood ratio {0}"),
}
_LONGEST = 120


def action_word(record: AuditRecord) -> str:
    """Return what happened."""
    try:
        return tr(_ACTIONS[AuditAction(record.action)])
    except (ValueError, KeyError):
        return outcome_of(record)  # by a newer version of the program


def actor_word(record: AuditRecord) -> str:
    """Return who did it: operators by their login, everybody else by what they are."""
    kind, _, name = record.actor.partition(":")
    if kind in _ACTORS:
        return tr(_ACTORS[kind])
    if kind in _KINDS:
        return tr(_KINDS[kind]).replace("{0}", name)
    return name or record.actor


def why(record: AuditRecord) -> str:
    """Return reasons, or what was changed from what to what, or further details."""
    details = record.details
    parts = [reason_word(str(each)) for each in details.get("reasons") or ()]
    if "new" in details or "old" in details:
        default = tr(QT_TRANSLATE_NOOP("activity", "default"))
        old, new = (_text(details.get(name), default) for name in ("old", "new"))
        parts.append(f"{old} \N{RIGHTWARDS ARROW} {new}")
    parts += [
        _detail(name, value)
        for name, value in sorted(details.items(), key=_order)
        if name not in _SHOWN_ELSEWHERE and value not in (None, "", [], ())
    ]
    text = "; ".join(parts)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _detail(name: str, value: Any) -> str:
    if name in _DETAILS:
        return tr(_DETAILS[name]).replace("{0}", _text(value))
    return f"{name.replace('_', ' ')} {_text(value)}"


def _order(detail: tuple[str, object]) -> tuple[int, str]:
    """Sort what somebody has decided, and why, before everything else."""
    name = detail[0]
    return _FIRST.index(name) if name in _FIRST else len(_FIRST), name


def reason_word(value: str) -> str:
    """Return one reason."""
    if value in _REASONS:
        return tr(_REASONS[value])
    reason = Reason.of(value)
    return messages.for_reason(reason).title if reason else value.replace("_", " ")


def spoken_as(word: str) -> tuple[str, ...]:
    """Return how records write what the screen writes with a word."""
    sought = word.casefold()
    written = [f'"{a.value}"' for a, text in _ACTIONS.items() if sought in tr(text).casefold()]
    written += [f'"{kind}:' for kind, text in _ACTORS.items() if sought in tr(text).casefold()]
    reasons = [*(each.value for each in Reason), *_REASONS]
    written += [f'"{each}"' for each in reasons if sought in reason_word(each).casefold()]
    return tuple(written)


def tr(text: str) -> str:
    """Return a text in the language of the screen."""
    return QCoreApplication.translate(_CONTEXT, text)


def _text(value: Any, nothing: str = "") -> str:
    if value is None:
        return nothing
    if isinstance(value, bool):
        yes, no = QT_TRANSLATE_NOOP("activity", "yes"), QT_TRANSLATE_NOOP("activity", "no")
        return tr(yes if value else no)
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return f"{value:.3g}" if isinstance(value, float) else str(value)
