"""Consent receipts as files, from whatever page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from kiosk.ui.operator.people.dialogs import ask_receipt
from kiosk.ui.operator.people.receipt import write_receipt

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from kiosk.ui.navigation import Ui


class Receipts(QObject):
    """Asks for a file and writes the newest receipt of somebody into it.

    Signals:
        written: the name of the file.
        failed: :class:`kiosk.core.errors.KioskError`.

    Args:
        ui: the use-cases and threads.
        parent: Qt parent.
    """

    written = Signal(str)
    failed = Signal(object)

    def __init__(self, ui: Ui, parent: QObject) -> None:
        super().__init__(parent)
        self._consents = ui.kiosk.consents
        self._guarded = ui.kiosk.guarded
        self._recognition = ui.recognition

    def ask(self, anchor: QWidget, user_id: str) -> None:
        """Ask for a file; returns at once.

        Args:
            anchor: a widget on the page.
            user_id: of the person.
        """
        ask_receipt(anchor, user_id, self._write)

    def _write(self, user_id: str, path: Path) -> None:
        consents, guarded = self._consents, self._guarded
        self._recognition.submit(
            lambda _: write_receipt(consents, user_id, path, guarded),
            lambda _: self.written.emit(path.name),
            self.failed.emit,
        )
