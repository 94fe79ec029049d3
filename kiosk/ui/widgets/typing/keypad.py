"""Typing by touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QStackedLayout,
    QWidget,
)

from kiosk.ui import accessibility
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.restyle import repolish

if TYPE_CHECKING:
    from kiosk.ui.theme.controller import ThemeController

_DIGITS = ("123", "456", "789")
_LETTERS = ("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM-")
_KEYS_IN_A_ROW = 10
_ROWS = 4
_OTHERS_IN_A_PAGE = _KEYS_IN_A_ROW * _ROWS - 3
"""Beside three keys that are none of them."""


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
        self._others: tuple[str, ...] = ()
        self._cases = cases
        self._dense = False
        self._field: QLineEdit | None = None
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._with_letters = letters
        self._make_pages()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        accessibility.name(self, self.tr("Keypad"))

    def attach(self, field: QLineEdit) -> None:
        """Type into a field from now on; its length limit and validator hold for the keys too."""
        self._field = field

    def offer(self, others: tuple[str, ...]) -> None:
        """Have keys for these characters too, on pages behind that of the letters."""
        if others != self._others:
            self._others = others
            self._make_pages()

    def set_dense(self, dense: bool) -> None:
        """Have the narrowest keys that a finger finds, for a small screen."""
        if dense != self._dense:
            self._dense = dense
            self._make_pages()

    def _make_pages(self) -> None:
        self._letters.clear()
        shown = min(self._pages.currentIndex(), 1)
        while (page := self._pages.widget(0)) is not None:
            self._pages.removeWidget(page)
            page.deleteLater()
        self._pages.addWidget(self._digit_page())
        if self._with_letters:
            self._pages.addWidget(self._letter_page())
        for first in range(0, len(self._others), _OTHERS_IN_A_PAGE):
            self._pages.addWidget(self._other_page(first))
        self._pages.setCurrentIndex(max(0, shown))

    def show_digits(self) -> None:
        """Show the page of digits."""
        self._pages.setCurrentIndex(0)

    @Slot()
    def show_letters(self) -> None:
        """Show the page of letters, if there is one."""
        self._pages.setCurrentIndex(min(1, self._pages.count() - 1))

    @property
    def on_letters(self) -> bool:
        """Return whether a page behind that of the digits is shown."""
        return self._pages.currentIndex() > 0

    # --- pages -------------------------------------------------------------------------------

    def _digit_page(self) -> QWidget:
        page = QWidget(self)
        # The letters need more width; the digits stay together in the middle.
        middle = QHBoxLayout(page)
        middle.setContentsMargins(0, 0, 0, 0)
        grid = QGridLayout()
        middle.addStretch(1)
        middle.addLayout(grid)
        middle.addStretch(1)
        self._space(grid)
        for row, digits in enumerate(_DIGITS):
            for column, digit in enumerate(digits):
                grid.addWidget(self._key(digit, page, wide=True), row, column)
        if self._with_letters:
            word = "abc" if self._cases else "ABC"
            switch = Button(self._theme, word, "quiet", name=self.tr("Show letters"), parent=page)
            switch.clicked.connect(self.show_letters)
            self._widen(switch)
            grid.addWidget(switch, 3, 0)
        grid.addWidget(self._key("0", page, wide=True), 3, 1)
        grid.addWidget(self._backspace(page, wide=True), 3, 2)
        return page

    def _letter_page(self) -> QWidget:
        page = QWidget(self)
        rows: list[list[Button]] = [
            [self._key(letter, page) for letter in letters] for letters in ("1234567890", *_LETTERS)
        ]
        name = self.tr("Show digits")
        # A picture: "123" in letters of twice the size is wider than a key.
        back = Button(self._theme, "", "quiet", icon="keypad", name=name, parent=page)
        back.clicked.connect(self._back_to_digits)
        back.setProperty("shape", "icon")
        rows[-1] = [back, *rows[-1], self._backspace(page)]
        if self._others:
            rows[-2].append(self._turner("…", self.tr("Show other characters"), page))
        if self._cases:
            name = self.tr("Capital letters")
            capitals = Button(self._theme, "", "quiet", icon="arrow-up", name=name, parent=page)
            capitals.setCheckable(True)
            capitals.toggled.connect(self._set_capitals)
            rows[-2].insert(0, capitals)
            self._set_capitals(False)
        self._arrange(page, rows)
        return page

    def _other_page(self, first: int) -> QWidget:
        page = QWidget(self)
        characters = self._others[first : first + _OTHERS_IN_A_PAGE]
        name = self.tr("Show letters")
        letters = Button(self._theme, "", "quiet", icon="arrow-left", name=name, parent=page)
        letters.clicked.connect(self.show_letters)
        # Full rows, and what is left between the keys of the last row.
        above = _KEYS_IN_A_ROW * -(-max(0, len(characters) - _KEYS_IN_A_ROW + 3) // _KEYS_IN_A_ROW)
        last = [letters, *(self._key(each, page) for each in characters[above:])]
        if len(self._others) > _OTHERS_IN_A_PAGE:
            last.append(self._turner("…", self.tr("Show other characters"), page))
        rows = [
            [self._key(each, page) for each in characters[start : start + _KEYS_IN_A_ROW]]
            for start in range(0, above, _KEYS_IN_A_ROW)
        ]
        self._arrange(page, [*rows, [*last, self._backspace(page)]])
        return page

    def _turner(self, text: str, name: str, page: QWidget) -> Button:
        """Return a key that shows the next page of characters, after the last the first."""
        key = Button(self._theme, text, "quiet", name=name, parent=page)
        key.setProperty("shape", "icon")
        key.clicked.connect(self._turn)
        return key

    def _arrange(self, page: QWidget, rows: list[list[Button]]) -> None:
        """Lay out rows of keys at the top of a page."""
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 0, 0)
        self._space(grid)
        grid.setRowStretch(_ROWS, 1)
        for row, keys in enumerate(rows):
            # Half keys as columns: a row of nine stands in the middle below one of ten.
            first = _KEYS_IN_A_ROW - len(keys)
            for place, key in enumerate(keys):
                key.setProperty("dense", self._dense)
                repolish(key)
                key.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
                grid.addWidget(key, row, first + 2 * place, 1, 2)
        widest = max(key.sizeHint().width() for key in rows[0])
        for column in range(2 * _KEYS_IN_A_ROW):
            grid.setColumnStretch(column, 1)
            grid.setColumnMinimumWidth(column, (widest - grid.spacing()) // 2)

    def _space(self, grid: QGridLayout) -> None:
        grid.setSpacing(self._theme.space("s"))
        if self._dense:
            grid.setVerticalSpacing(self._theme.space("xs"))

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
        text = self.tr("Delete the last character")
        key = Button(self._theme, "", "quiet", icon="keypad-backspace", name=text, parent=page)
        key.setAutoRepeat(True)
        key.clicked.connect(self._erase)
        if wide:
            self._widen(key)
        return key

    def _widen(self, key: Button) -> None:
        key.setProperty("shape", "wide")
        key.setProperty("dense", self._dense)
        key.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # --- keys --------------------------------------------------------------------------------

    @Slot()
    def _back_to_digits(self) -> None:
        self.show_digits()

    @Slot()
    def _turn(self) -> None:
        after = self._pages.currentIndex() + 1
        self._pages.setCurrentIndex(after if after < self._pages.count() else 2)

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
