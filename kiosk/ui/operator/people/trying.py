"""What is asked before a person may try again, and what they show beside the voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLineEdit

from kiosk.core.errors import InvalidInput
from kiosk.core.limits.second_factor import FactorKind, clean_badge, clean_pin
from kiosk.ui.operator.overlay import Overlay
from kiosk.ui.operator.parts import Field
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from kiosk.ui.operator.people.rows import Row
    from kiosk.ui.theme.controller import ThemeController


def ask_unlock(
    theme: ThemeController, anchor: QWidget, row: Row, unlock: Callable[[str, str], None]
) -> Overlay:
    """Ask which other factor was checked; after the cap it cannot be left out.

    Args:
        theme: gives looks.
        anchor: a widget on the page.
        row: the person, who is locked.
        unlock: called with the ID and what was checked.
    """
    capped = row.lock is not None and row.lock.seconds is None
    title = _tr("Unlock {0}?").replace("{0}", row.user_id)
    overlay = Overlay(theme, anchor, title, "people.unlock_dialog")
    why = _tr("Several tries failed in a row. Check who the person is.")
    if capped:
        why = _tr("Too many tries failed. The voice alone is no longer enough.")
    overlay.body.addWidget(Text(why))
    field = Field(
        theme,
        _tr("What was checked"),
        "people.unlock_checked",
        _tr("For example: passport. Saved in the records. Clears the failures.")
        if capped
        else _tr(
            "For example: passport. If you leave it empty, the wait ends but the failures "
            "still count."
        ),
    )
    field.line.setMaxLength(120)
    overlay.body.addWidget(field)
    overlay.add_cancel()
    button = overlay.add_button(Button(theme, _tr("Unlock"), "primary", icon="check-circle"))
    button.setObjectName("people.unlock_dialog.confirm")

    def typed(text: str) -> None:
        button.setEnabled(bool(text.strip()) or not capped)

    def confirm() -> None:
        if button.isEnabled():
            checked = field.line.text().strip()
            overlay.dismiss()
            unlock(row.user_id, checked)

    field.line.textChanged.connect(typed)
    field.line.returnPressed.connect(confirm)
    button.clicked.connect(confirm)
    typed("")
    overlay.open(field.line)
    return overlay


def ask_factor(
    theme: ThemeController,
    anchor: QWidget,
    row: Row,
    put: Callable[[str, FactorKind, str], None],
) -> Overlay:
    """Ask for a PIN or a badge, or which of them to remove.

    Args:
        theme: gives looks.
        anchor: a widget on the page.
        row: the person.
        put: called with the ID, the kind and the text; an empty one removes it.
    """
    title = _tr("PIN or badge of {0}").replace("{0}", row.user_id)
    overlay = Overlay(theme, anchor, title, "people.factor_dialog")
    overlay.body.addWidget(Text(_present(row.factors), "body", "muted"))
    pin = Field(theme, _tr("New PIN"), "people.new_pin", _tr("4 to 12 digits."))
    pin.line.setEchoMode(QLineEdit.EchoMode.Password)
    badge = Field(theme, _tr("New badge"), "people.new_badge", _tr("Hold the badge to the reader."))
    for field in (pin, badge):
        overlay.body.addWidget(field)
    overlay.add_cancel()
    for kind in row.factors:
        text = _tr("Remove PIN") if kind is FactorKind.PIN else _tr("Remove badge")
        remove = overlay.add_button(Button(theme, text, "danger", icon="trash"))
        remove.setObjectName(f"people.factor_dialog.remove_{kind.value}")
        remove.clicked.connect(lambda _=False, kind=kind: done(kind, ""))
    button = overlay.add_button(Button(theme, _tr("Set"), "primary"))
    button.setObjectName("people.factor_dialog.confirm")

    def done(kind: FactorKind, text: str) -> None:
        overlay.dismiss()
        put(row.user_id, kind, text)

    def confirm() -> None:
        try:
            if pin.line.text():
                done(FactorKind.PIN, clean_pin(pin.line.text(), row.user_id))
            elif badge.line.text().strip():
                done(FactorKind.BADGE, clean_badge(badge.line.text()))
        except InvalidInput as error:
            (pin if pin.line.text() else badge).complain(str(error))

    for field in (pin, badge):
        field.line.returnPressed.connect(confirm)
    button.clicked.connect(confirm)
    overlay.open(pin.line)
    return overlay


def _present(factors: tuple[FactorKind, ...]) -> str:
    if not factors:
        return _tr("No PIN or badge yet.")
    words = {FactorKind.PIN: _tr("a PIN"), FactorKind.BADGE: _tr("a badge")}
    listed = ", ".join(words[kind] for kind in factors)
    return _tr("Set: {0}. A new one replaces it.").replace("{0}", listed)


def _tr(text: str) -> str:
    return QCoreApplication.translate("people", text)
