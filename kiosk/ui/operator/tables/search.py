"""The field above a table in which is typed what shall be found."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QTimer, Signal, Slot
from PySide6.QtWidgets import QLineEdit

from kiosk.ui import accessibility
from kiosk.ui.operator.shortcuts import Keys, bind, in_tool_tip

_PAUSE_MS = 150
"""Nobody is asked for every letter of a word that is being typed."""


class SearchField(QLineEdit):
    """Asks for what is typed once no further letter follows at once.

    Signals:
        wanted: the text.

    Args:
        name: object name.
        hint: what can be typed, translated.
        spoken: what a screen reader calls it, translated.
    """

    wanted = Signal(str)

    def __init__(self, name: str, hint: str, spoken: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setPlaceholderText(hint)
        self.setClearButtonEnabled(True)
        word = QCoreApplication.translate("SearchField", "Search")
        self.setToolTip(in_tool_tip(word, Keys.SEARCH))
        accessibility.name(self, spoken)
        self._asked = ""
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self.ask)
        self.textChanged.connect(self._on_changed)
        bind(Keys.SEARCH, self, self.setFocus)

    def forget(self) -> None:
        """Empty it, and ask nobody: the page is left."""
        self.clear()
        self._pause.stop()
        self._asked = ""

    @Slot()
    def _on_changed(self) -> None:
        self._pause.start()

    @Slot()
    def ask(self) -> None:
        """Ask at once, unless that was asked already."""
        self._pause.stop()
        if self.text() != self._asked:
            self._asked = self.text()
            self.wanted.emit(self._asked)
