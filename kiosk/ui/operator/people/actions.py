"""The row of buttons that do something with one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from kiosk.ui.operator.flow import FlowLayout
from kiosk.ui.widgets.buttons import Button

if TYPE_CHECKING:
    from kiosk.ui.operator.people.rows import Row
    from kiosk.ui.theme.controller import ThemeController
    from kiosk.ui.widgets.buttons import ButtonKind


class Actions(QWidget):
    """Show, rename, disable or enable, re-enroll, export, erase.

    Signals:
        chosen: ``show``, ``rename``, ``toggle``, ``unlock``, ``factor``, ``reenroll``,
            ``rollback``, ``export``, ``receipt`` or ``erase``.

    Args:
        theme: gives looks.
        name: object names are ``<name>.<action>``.
        show: whether showing the person is one of the actions.
    """

    chosen = Signal(str)

    def __init__(self, theme: ThemeController, name: str, *, show: bool) -> None:
        super().__init__()
        row = FlowLayout(self, theme.space("s"))
        self._buttons: dict[str, Button] = {}
        shown: list[tuple[str, str, str, ButtonKind]] = [
            ("show", self.tr("Show"), "activity", "secondary"),
            ("rename", self.tr("Rename"), "edit", "secondary"),
            ("toggle", self.tr("Disable"), "lock", "secondary"),
            ("unlock", self.tr("Unlock"), "check-circle", "primary"),
            ("factor", self.tr("PIN or badge"), "id-badge", "secondary"),
            ("reenroll", self.tr("Re-enroll"), "refresh", "secondary"),
            ("rollback", self.tr("Roll back"), "arrow-left", "secondary"),
            ("export", self.tr("Export"), "download", "secondary"),
            ("receipt", self.tr("Consent receipt"), "check-circle", "secondary"),
            ("erase", self.tr("Delete"), "trash", "danger"),
        ]
        for action, text, icon, kind in shown if show else shown[1:]:
            button = Button(theme, text, kind, icon=icon)
            button.setObjectName(f"{name}.{action}")
            button.clicked.connect(lambda _=False, action=action: self.chosen.emit(action))
            self._buttons[action] = button
            row.addWidget(button)
        self.show_for(None)

    def show_for(self, row: Row | None) -> None:
        """Offer what can be done with a person; nothing without one."""
        for button in self._buttons.values():
            button.setEnabled(row is not None)
        agreed = row is not None and row.summary.person.consent is not None
        self._buttons["receipt"].setEnabled(agreed)
        self._buttons["unlock"].setVisible(row is not None and row.lock is not None)
        self._buttons["rollback"].setVisible(row is not None and row.adapted > 0)
        enabled = row is None or row.summary.person.enabled
        toggle = self._buttons["toggle"]
        toggle.set_text(self.tr("Disable") if enabled else self.tr("Enable"))
        toggle.set_icon("lock" if enabled else "check-circle")
