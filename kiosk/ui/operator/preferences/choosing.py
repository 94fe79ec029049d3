"""A card on which one of several is chosen, which holds at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QRadioButton, QVBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kiosk.core.errors import KioskError
    from kiosk.ui.navigation import Ui

T = TypeVar("T")


class ChoiceCard(Card, Generic[T]):
    """Title, explanation, and a button for each of the choices.

    Signals:
        failed: :class:`kiosk.core.errors.KioskError`; the card shows what holds.

    Args:
        ui: the threads and looks.
        name: the buttons are called ``<name>.<key>``.
        texts: title and explanation, translated.
        options: key, what is chosen, and its words, translated.
    """

    failed = Signal(object)

    def __init__(
        self, ui: Ui, name: str, texts: tuple[str, str], options: Sequence[tuple[str, T, str]]
    ) -> None:
        super().__init__(ui.theme)
        self._recognition = ui.recognition
        title, explanation = texts
        self.body.addWidget(Text(title, "title"))
        self.body.addWidget(Text(explanation, "body", "muted"))
        choices = QWidget()
        accessibility.name(choices, title)
        box = QVBoxLayout(choices)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self._buttons: list[tuple[T, QRadioButton]] = []
        for key, value, words in options:
            button = QRadioButton(words)
            button.setObjectName(f"{name}.{key}")
            # A group takes all but the checked one from the Tab key.
            button.setAutoExclusive(False)
            button.setMinimumHeight(ui.theme.target("operator"))
            button.clicked.connect(lambda _=False, value=value: self._choose(value))
            self._buttons.append((value, button))
            box.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(choices)

    def read(self) -> T:
        """Return what holds; in the recognition thread."""
        raise NotImplementedError

    def write(self, value: T) -> None:
        """Choose; in the recognition thread."""
        raise NotImplementedError

    def reload(self) -> None:
        """Read what holds, and show it."""
        self._submit(self.read)

    def show_chosen(self, value: T) -> None:
        """Show what holds."""
        for each, button in self._buttons:
            button.setChecked(each == value)

    def focus(self) -> QWidget:
        """Return what an operator will want to use first."""
        checked = [button for _, button in self._buttons if button.isChecked()]
        return checked[0] if checked else self._buttons[0][1]

    def _choose(self, value: T) -> None:
        self.show_chosen(value)

        def change() -> T:
            self.write(value)
            return self.read()

        self._submit(change)

    def _submit(self, work: Callable[[], T]) -> None:
        self._recognition.submit(lambda _: work(), self.show_chosen, self._failed)

    def _failed(self, error: KioskError) -> None:
        self.failed.emit(error)
        # Not what was wanted but what holds is shown.
        self._recognition.submit(lambda _: self.read(), self.show_chosen)
