"""Until when nobody is compared, and who can help, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from kiosk.core.limits.attempts import LockReason

if TYPE_CHECKING:
    from kiosk.core.limits.attempts import Lock

_SOON_S = 100


def lock_words(lock: Lock | None, left_s: int | None = None) -> str:
    """Return what to say about a lock, translated; the same for IDs that nobody has.

    Args:
        lock: why nobody is compared.
        left_s: seconds that are left by now; 0 when it is over, and as many as the lock says by
            default.
    """
    if lock is None or lock.retry_after_s is None or lock.until is None:
        return _tr("Too many tries with this ID. Our staff can unlock it at the desk.")
    left = lock.retry_after_s if left_s is None else left_s
    if left <= 0:
        return _tr("You can try again now, or ask at the desk.")
    what = {
        LockReason.PLACE: _tr("Too many tries at this kiosk."),
        LockReason.UNCLEAR: _tr("Several recordings could not be checked."),
    }.get(lock.reason, _tr("Too many tries with this ID."))
    if left == 1:
        when = _tr("Try again in 1 second")
    elif left <= _SOON_S:
        when = _tr("Try again in {0} seconds").replace("{0}", str(left))
    else:
        clock = f"{lock.until.astimezone():%H:%M}"
        when = _tr("Try again at {0}").replace("{0}", clock)
    # Our staff can unlock an ID; a kiosk only has to wait.
    rest = _tr(".") if lock.reason is LockReason.PLACE else _tr(", or ask at the desk.")
    return f"{what} {when}{rest}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("lock", text)
