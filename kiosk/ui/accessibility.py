"""What screen readers hear, what keyboards reach, and a check that no screen forgets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGroupBox,
    QLineEdit,
    QScrollArea,
    QScrollBar,
    QTabBar,
    QTabWidget,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QImage

PUBLIC_TARGET = 64
"""Smallest side in pixels of a touch target on the self-service side."""

_RING = 150
"""Pixels that the smallest ring changes: one around the handle of a slider."""

OPERATOR_TARGET = 48
"""Smallest side in pixels of a target on the operator side."""


def name(widget: QWidget, text: str, description: str | None = None) -> None:
    """Give a widget the words that a screen reader says; both already translated."""
    widget.setAccessibleName(text)
    if description is not None:
        widget.setAccessibleDescription(description)


def announce(widget: QWidget, text: str, *, urgent: bool = False) -> None:
    """Have a screen reader say a sentence now, wherever the focus is.

    Args:
        widget: what the sentence is about; it must live when this is called.
        text: already translated; nothing happens when it is empty.
        urgent: interrupt what is being said.
    """
    if not text:
        return
    event = QAccessibleAnnouncementEvent(widget, text)
    if urgent:
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    QAccessible.updateAccessibility(event)


def reduced_motion() -> bool:
    """Return whether the system asks for less motion; False where Qt cannot tell (before 6.11)."""
    hints = getattr(QGuiApplication.styleHints(), "accessibility", None)
    preference = getattr(hints() if hints else None, "motionPreference", None)
    reduced = getattr(getattr(Qt, "MotionPreference", None), "ReducedMotion", None)
    return preference is not None and preference() == reduced


# --- the audit -------------------------------------------------------------------------------


def audit(root: QWidget, *, target: int = OPERATOR_TARGET, focus: bool = True) -> list[str]:
    """Return what is wrong with a shown window for those who cannot see or use a mouse.

    Every visible, enabled control must have an accessible name, be reached by the Tab key, be
    large enough to hit, and show by a ring of pixels that it has the focus.

    Args:
        root: a shown window, or a widget in one.
        target: smallest side in pixels; :data:`PUBLIC_TARGET` or :data:`OPERATOR_TARGET`.
        focus: whether the focus ring is looked for, which moves the focus about.

    Returns:
        one line for each fault, in the order in which the widgets stand; empty when all is well.
    """
    found: list[str] = []
    reached = _tab_order(root)
    before = QApplication.focusWidget()
    for widget in _controls(root):
        who = _label(widget)
        if not _spoken(widget):
            found.append(f"{who} has no accessible name")
        reachable = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if not reachable or widget not in reached:
            found.append(f"{who} is not in the tab order")
        elif focus and not _shows_focus(widget):
            found.append(f"{who} does not show that it has the focus")
        size = widget.size()
        if min(size.width(), size.height()) < target:
            found.append(f"{who} is {size.width()} x {size.height()} px, smaller than {target} px")
    if focus and before is not None:
        before.setFocus()
    return found


def _controls(root: QWidget) -> Iterator[QWidget]:
    for widget in (root, *root.findChildren(QWidget)):
        if widget.isVisibleTo(root) and widget.isEnabled() and _interactive(widget):
            yield widget


def _interactive(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    if isinstance(parent, QAbstractSpinBox | QComboBox):
        return False  # inner parts are reached through the whole
    if isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_"):
        return False
    if isinstance(parent, QLineEdit):
        return False  # the clear button inside a field repeats what the keyboard does
    if isinstance(widget, QAbstractButton):
        return True
    if isinstance(widget, QTabWidget | QScrollArea):
        return False  # their tabs and contents are what is used
    return widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.focusProxy() is None


def _spoken(widget: QWidget) -> str:
    """Return the name that a screen reader would say, or an empty string."""
    if widget.accessibleName():
        return widget.accessibleName()
    if isinstance(widget, QAbstractButton):
        return widget.text()
    if isinstance(widget, QGroupBox):
        return widget.title()
    if isinstance(widget, QTabBar):
        return " ".join(widget.tabText(i) for i in range(widget.count()))
    interface = QAccessible.queryAccessibleInterface(widget)
    # A label that is the widget's buddy counts.
    return interface.text(QAccessible.Text.Name)


def _label(widget: QWidget) -> str:
    words = widget.accessibleName() or widget.objectName()
    if not words and isinstance(widget, QAbstractButton):
        words = widget.text()
    return f"{type(widget).__name__} {words!r}" if words else type(widget).__name__


def _tab_order(root: QWidget) -> set[QWidget]:
    """Return the widgets of the window's focus chain."""
    chain: set[QWidget] = set()
    at: QWidget | None = root.window()
    while at is not None and at not in chain:
        chain.add(at)
        at = at.nextInFocusChain()
    return chain


def _shows_focus(widget: QWidget) -> bool:
    """Return whether focus changes more pixels than a caret has: those of a ring."""
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    QCoreApplication.sendPostedEvents()
    if not widget.hasFocus():
        return False
    with_focus = widget.grab().toImage()
    widget.clearFocus()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.UpdateRequest)
    least = min(_RING, widget.width() + widget.height())
    return _changed(with_focus, widget.grab().toImage()) >= least


def _changed(one: QImage, other: QImage) -> int:
    """Return how many pixels differ."""
    import numpy as np

    if one.size() != other.size():
        return one.width() * one.height()
    # Both images must live while their pixels are compared: constBits() only points into them.
    plain = (_plain(one), _plain(other))
    first, second = (np.frombuffer(image.constBits(), np.uint32) for image in plain)
    return int(np.count_nonzero(first != second))


def _plain(image: QImage) -> QImage:
    return image.convertToFormat(image.Format.Format_ARGB32)
