"""Typing by touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from kiosk.ui import accessibility
from kiosk.ui.widgets.buttons import Button

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from kiosk.ui.theme.controller import ThemeController

_DIGITS = ("123", "456", "789")
_LETTERS = ("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM-")
_KEYS_IN_A_ROW = 10


class Keypad(QWidget):
    """Digits, and a page of letters if wanted; types into a field without taking the focus.

    Signals:
        typed: a character key was pressed.
        erased: the backspace key was pressed.

    Args:
        theme: gives looks and the size of the keys.
        letters: whether there is a page with letters and hyphen.
        cases: whether that page has small letters too, and begins with them, as passwords need.
        parent: Qt parent.
    """

    typed = Signal(str)
    erased = Signal()

    def __init__(
        self,
        theme: ThemeController,
        *,
        letters: bool = True,
        cases: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._letters: list[Button] = []
        self._field: QLineEdit | None = None
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(self._digit_page(letters, cases))
        if letters:
            self._pages.addWidget(self._letter_page(cases))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        accessibility.name(self, self.tr("Keypad"))

    def attach(self, field: QLineEdit) -> None:
        """Type into a field from now on; its length limit and validator hold for the keys too."""
        self._field = field

    def show_digits(self) -> None:
        """Show the page of digits."""
        self._pages.setCurrentIndex(0)

    @Slot()
    def show_letters(self) -> None:
        """Show the page of letters, if there is one."""
        self._pages.setCurrentIndex(self._pages.count() - 1)

    @property
    def on_letters(self) -> bool:
        """Return whether the page of letters is shown."""
        return self._pages.currentIndex() > 0

    # --- pages -------------------------------------------------------------------------------

    def _digit_page(self, letters: bool, cases: bool) -> QWidget:
        page = QWidget(self)
        # The letters need more width; the digits stay together in the middle.
        middle = QHBoxLayout(page)
        middle.setContentsMargins(0, 0, 0, 0)
        grid = QGridLayout()
        middle.addStretch(1)
        middle.addLayout(grid)
        middle.addStretch(1)
        grid.setSpacing(self._theme.space("s"))
        for row, digits in enumerate(_DIGITS):
            for column, digit in enumerate(digits):
                grid.addWidget(self._key(digit, page, wide=True), row, column)
        if letters:
            word = "abc" if cases else "ABC"
            switch = Button(self._theme, word, "quiet", name=self.tr("Show letters"), parent=page)
            switch.clicked.connect(self.show_letters)
            self._widen(switch)
            grid.addWidget(switch, 3, 0)
        grid.addWidget(self._key("0", page, wide=True), 3, 1)
        grid.addWidget(self._backspace(page, wide=True), 3, 2)
        return page

    def _letter_page(self, cases: bool) -> QWidget:
        page = QWidget(self)
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(self._theme.space("s"))
        rows: list[list[Button]] = [
            [self._key(letter, page) for letter in letters] for letters in ("1234567890", *_LETTERS)
        ]
        name = self.tr("Show digits")
        # A picture: "123" in letters of twice the size is wider than a key.
        back = Button(self._theme, "", "quiet", icon="keypad", name=name, parent=page)
        back.clicked.connect(self._back_to_digits)
        back.setProperty("shape", "icon")
        rows[-1] = [back, *rows[-1], self._backspace(page)]
        if cases:
            name = self.tr("Capital letters")
            capitals = Button(self._theme, "", "quiet", icon="arrow-up", name=name, parent=page)
            capitals.setCheckable(True)
            capitals.toggled.connect(self._set_capitals)
            rows[-2].insert(0, capitals)
            self._set_capitals(False)
        for row, keys in enumerate(rows):
            # Half keys as columns: a row of nine stands in the middle below one of ten.
            first = _KEYS_IN_A_ROW - len(keys)
            for place, key in enumerate(keys):
                key.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
                grid.addWidget(key, row, first + 2 * place, 1, 2)
        widest = max(key.sizeHint().width() for key in rows[0])
        for column in range(2 * _KEYS_IN_A_ROW):
            grid.setColumnStretch(column, 1)
            grid.setColumnMinimumWidth(column, (widest - grid.spacing()) // 2)
        return page

    def _key(self, character: str, page: QWidget, *, wide: bool = False) -> Button:
        key = Button(self._theme, character, parent=page)
        key.setProperty("kind", "key")
        key.setProperty("character", character)
        key.clicked.connect(self._type)
        if wide:
            self._widen(key)
        elif character.isalpha():
            self._letters.append(key)
        return key

    def _backspace(self, page: QWidget, *, wide: bool = False) -> Button:
        text = self.tr("Erase the last character")
        key = Button(self._theme, "", "quiet", icon="keypad-backspace", name=text, parent=page)
        key.setAutoRepeat(True)
        key.clicked.connect(self._erase)
        if wide:
            self._widen(key)
        return key

    def _widen(self, key: Button) -> None:
        key.setProperty("shape", "wide")
        key.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # --- keys --------------------------------------------------------------------------------

    @Slot()
    def _back_to_digits(self) -> None:
        self.show_digits()

    @Slot(bool)
    def _set_capitals(self, capitals: bool) -> None:
        for key in self._letters:
            character = str(key.property("character"))
            shown = character.upper() if capitals else character.lower()
            key.setProperty("character", shown)
            key.set_text(shown)

    @Slot()
    def _type(self) -> None:
        character = str(self.sender().property("character"))
        if self._field is not None:
            self._field.insert(character)
        self.typed.emit(character)

    @Slot()
    def _erase(self) -> None:
        if self._field is not None:
            self._field.backspace()
        self.erased.emit()


class KeypadEntry(QWidget):
    """A field with a keypad under it: touch, keyboard and badge readers all type into it.

    A badge reader is a keyboard that types fast and ends with Enter. Wherever in here the focus
    is, what it types lands in the field.

    Signals:
        submitted: Enter was pressed and something stands in the field.
        edited: the text is another.

    Args:
        theme: gives looks.
        label: what to enter; already translated, shown as placeholder and said by screen readers.
        letters: whether the keypad has a page of letters.
        max_length: longest text.
        secret: show dots in the place of characters.
        parent: Qt parent.
    """

    submitted = Signal(str)
    edited = Signal(str)

    def __init__(
        self,
        theme: ThemeController,
        label: str,
        *,
        letters: bool = True,
        max_length: int = 64,
        secret: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.field = QLineEdit(self)
        self.field.setProperty("kind", "entry")
        self.field.setMaxLength(max_length)
        self.field.setPlaceholderText(label)
        self.field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        # The menu and drag would offer ways out of the kiosk, and copies of a PIN.
        self.field.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.field.setDragEnabled(False)
        if secret:
            self.field.setEchoMode(QLineEdit.EchoMode.Password)
        accessibility.name(self.field, label)
        self.keypad = Keypad(theme, letters=letters, parent=self)
        self.keypad.attach(self.field)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("m"))
        box.addWidget(self.field)
        box.addWidget(self.keypad, 0, Qt.AlignmentFlag.AlignHCenter)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self.field)
        self.field.returnPressed.connect(self._submit)
        self.field.textChanged.connect(self.edited)

    def text(self) -> str:
        """Return what was typed, without spaces around it."""
        return self.field.text().strip()

    def clear(self) -> None:
        """Empty the field and show digits."""
        self.field.clear()
        self.keypad.show_digits()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take what a key of the keypad had no use for: a badge reader is typing."""
        text = event.text()
        if text and text.isprintable():
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
            self.field.insert(text)
            event.accept()
            return
        super().keyPressEvent(event)

    @Slot()
    def _submit(self) -> None:
        if text := self.text():
            self.submitted.emit(text)
