"""What is asked before a person is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from kiosk.core.errors import InvalidInput
from kiosk.core.people.users import clean_name
from kiosk.ui.operator.overlay import Overlay, confirm
from kiosk.ui.operator.parts import Field, Tick
from kiosk.ui.operator.windows import ask_file
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QFileDialog, QWidget

    from kiosk.ui.operator.people.rows import Row
    from kiosk.ui.theme.controller import ThemeController


def ask_rename(
    theme: ThemeController, anchor: QWidget, row: Row, rename: Callable[[str, str], None]
) -> Overlay:
    """Ask for another display name.

    Args:
        theme: gives looks.
        anchor: a widget on the page.
        row: the person.
        rename: called with ID and name.
    """
    title = _tr("Rename {0}").replace("{0}", row.user_id)
    overlay = Overlay(theme, anchor, title, "people.rename_dialog")
    field = Field(theme, _tr("Name"), "people.new_name", _tr("Only operators see it."))
    field.line.setText(row.summary.person.name)
    field.line.selectAll()
    overlay.body.addWidget(field)
    overlay.add_cancel()
    button = overlay.add_button(Button(theme, _tr("Rename"), "primary"))
    button.setObjectName("people.rename_dialog.confirm")

    def confirm() -> None:
        try:
            name = clean_name(field.line.text())
        except InvalidInput as error:
            field.complain(str(error))
            return
        overlay.dismiss()
        rename(row.user_id, name)

    button.clicked.connect(confirm)
    field.line.returnPressed.connect(confirm)
    overlay.open(field.line)
    return overlay


def ask_erase(
    theme: ThemeController,
    anchor: QWidget,
    row: Row,
    erase: Callable[[str, bool, bool], None],
    *,
    may_delete_backups: bool,
) -> Overlay:
    """Ask twice before a person is erased: what goes, then the ID in the operator's own typing.

    Args:
        theme: gives looks.
        anchor: a widget on the page.
        row: the person.
        erase: called with the ID, whether the consent was withdrawn, and whether backups that may
            hold the person are to be deleted.
        may_delete_backups: whether that is offered.
    """
    person = row.summary.person
    who = f"{person.name} ({row.user_id})" if person.name else row.user_id
    title = _tr("Delete {0}?").replace("{0}", who)
    overlay = Overlay(theme, anchor, title, "people.erase_dialog")
    goes = _tr(
        "This permanently deletes name and ID, the voiceprint with its {0} takes and later "
        "updates, kept recordings, PIN and badge, consent receipts, and every attempt with its "
        "score."
    )
    overlay.body.addWidget(Text(goes.replace("{0}", str(row.summary.takes))))
    overlay.body.addWidget(
        Text(
            _tr(
                "The audit records still say that this ID was enrolled, verified and deleted, "
                "when, and by whom. They hold nothing of the voice."
            ),
            "body",
            "muted",
        )
    )
    withdrawn = Tick(theme, "people.erase_withdrawn")
    withdrawn.set_text(_tr("The person has withdrawn consent"))
    backups = Tick(theme, "people.erase_backups")
    backups.set_text(_tr("Also delete backups that may hold this person"))
    backups.setVisible(may_delete_backups)
    for tick in (withdrawn, backups):
        overlay.body.addWidget(tick)
    field = Field(
        theme,
        _tr("Type the ID {0} to confirm").replace("{0}", row.user_id),
        "people.erase_id",
    )
    overlay.body.addWidget(field)
    overlay.add_cancel(_tr("Keep"))
    button = overlay.add_button(Button(theme, _tr("Delete permanently"), "danger", icon="trash"))
    button.setObjectName("people.erase_dialog.confirm")
    button.setEnabled(False)

    def typed(text: str) -> None:
        button.setEnabled(text.strip() == row.user_id)

    def confirm() -> None:
        if field.line.text().strip() == row.user_id:
            chosen = (withdrawn.box.isChecked(), backups.box.isChecked())
            overlay.dismiss()
            erase(row.user_id, *chosen)

    field.line.textChanged.connect(typed)
    field.line.returnPressed.connect(confirm)
    button.clicked.connect(confirm)
    overlay.open(field.line)
    return overlay


def ask_roll_back(
    theme: ThemeController, anchor: QWidget, row: Row, roll_back: Callable[[str], None]
) -> Overlay:
    """Ask before a voiceprint forgets what it has learned.

    Args:
        theme: gives looks.
        anchor: a widget on the page.
        row: the person.
        roll_back: called with the ID.
    """
    title = _tr("Roll {0} back to the enrolled takes?").replace("{0}", row.user_id)
    body = _tr("Takes added after verifications ({0}) are deleted. The enrolled takes stay.")
    texts = (title, body.replace("{0}", str(row.adapted)), _tr("Roll back"))
    name = "people.rollback_dialog"
    return confirm(theme, anchor, name, texts, lambda: roll_back(row.user_id))


def ask_export(anchor: QWidget, user_id: str, export: Callable[[str, Path], None]) -> QFileDialog:
    """Ask for a file; returns at once.

    Args:
        anchor: a widget on the page.
        user_id: of the person.
        export: called with ID and path.
    """
    title = _tr("Export the data of {0}").replace("{0}", user_id)
    return ask_file(
        anchor,
        "people.export_dialog",
        (title, _tr("JSON files")),
        f"{user_id}.json",
        lambda path: export(user_id, path),
    )


def ask_receipt(anchor: QWidget, user_id: str, write: Callable[[str, Path], None]) -> QFileDialog:
    """Ask for a file for the newest consent receipt; returns at once.

    Args:
        anchor: a widget on the page.
        user_id: of the person.
        write: called with ID and path.
    """
    title = _tr("Save the consent receipt of {0}").replace("{0}", user_id)
    return ask_file(
        anchor,
        "people.receipt_dialog",
        (title, _tr("PDF files")),
        f"{user_id}-consent.pdf",
        lambda path: write(user_id, path),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("people", text)
