"""Entering a PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.labels import Text
from kiosk.ui.widgets.restyle import repolish
from kiosk.ui.widgets.typing.keypad_entry import KeypadEntry

if TYPE_CHECKING:
    from kiosk.ui.theme.controller import ThemeController


class PinPad(QWidget):
    """A masked field, a keypad and a button; the PIN is wiped from the field when handed over.

    Signals:
        submitted: the PIN, long enough; the receiver answers with :meth:`refuse` or moves on.

    Args:
        theme: gives looks.
        label: what to enter, already translated.
        action: text of the button, already translated.
        min_length: shortest PIN.
        max_length: longest PIN.
        parent: Qt parent.

    Raises:
        ValueError: the lengths make no sense.
    """

    submitted = Signal(str)

    def __init__(
        self,
        theme: ThemeController,
        label: str,
        action: str,
        *,
        min_length: int = 4,
        max_length: int = 16,
        parent: QWidget | None = None,
    ) -> None:
        if not 0 < min_length <= max_length:
            raise ValueError("a PIN has at least one digit and no more than its limit")
        super().__init__(parent)
        self._min_length = min_length
        self._entry = KeypadEntry(
            theme, label, letters=False, max_length=max_length, secret=True, parent=self
        )
        self._error = Text("", "caption", "negative", center=True)
        self._error.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        self._button = Button(theme, action, "primary")
        self._button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._button.setEnabled(False)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("m"))
        for part in (self._error, self._entry, self._button):
            box.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self._entry.field)
        self._entry.edited.connect(self._edited)
        self._entry.submitted.connect(self._submit)
        self._button.clicked.connect(self._submit)
        theme.follow(self._restyle)
        self._theme = theme
        self._restyle()
        self._show_error("")

    @property
    def length(self) -> int:
        """Return how many characters were entered."""
        return len(self._entry.text())

    def clear(self) -> None:
        """Forget what was entered and any refusal."""
        self._entry.clear()
        self._show_error("")

    def refuse(self, why: str) -> None:
        """Say, in translated words, why the PIN was not accepted, and let it be entered again."""
        self._entry.clear()
        self._show_error(why)
        accessibility.announce(self, why, urgent=True)
        self._entry.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_error(self, why: str) -> None:
        self._error.setText(why)
        self._entry.field.setProperty("state", "negative" if why else "")
        repolish(self._entry.field)

    @Slot()
    def _restyle(self) -> None:
        # Room for two lines, whether there is a refusal or not: keys must not move under a finger.
        line = QFontMetrics(self._theme.font("caption", self)).height()
        self._error.setFixedHeight(2 * line + 4)

    @Slot(str)
    def _edited(self, text: str) -> None:
        self._button.setEnabled(len(text) >= self._min_length)
        if text:
            self._show_error("")

    @Slot()
    def _submit(self) -> None:
        pin = self._entry.text()
        if len(pin) >= self._min_length:
            self._entry.clear()
            self.submitted.emit(pin)
