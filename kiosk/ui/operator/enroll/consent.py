"""Step 2: the person agrees, or nothing happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QHBoxLayout, QTextBrowser, QVBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.operator.parts import Tick, empty
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from PySide6.QtGui import QTextDocument

    from kiosk.core.people.consent import ConsentText
    from kiosk.ui.operator.enroll.presenting.presenter import EnrollPresenter
    from kiosk.ui.theme.controller import ThemeController


LANGUAGES = {"de": "Deutsch", "en": "English", "es": "Español", "fr": "Français"}
"""Languages in their own words, as whoever speaks one looks for it."""


class ConsentStep(QWidget):
    """The text in full, in the person's language, and a tick that names the person.

    Signals:
        ticked: whether the person agrees.

    Args:
        theme: gives looks.
        presenter: knows the person and the texts.
    """

    ticked = Signal(bool)

    def __init__(self, theme: ThemeController, presenter: EnrollPresenter) -> None:
        super().__init__()
        self._theme = theme
        self._presenter = presenter
        self._person = ("", "")
        self._shown: ConsentText | None = None
        self._buttons: dict[str, Button] = {}
        self._languages = QWidget()
        accessibility.name(self._languages, self.tr("Language of the text"))
        row = QHBoxLayout(self._languages)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.space("xs"))
        self._text = QTextBrowser()
        self._text.setObjectName("enroll.consent_text")
        self._text.setOpenLinks(False)
        self._text.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._text.setMinimumHeight(200)
        accessibility.name(self._text, self.tr("Consent text"), self.tr("Scroll to read all of it"))
        self._tick = Tick(theme, "enroll.consent")
        self._tick.toggled.connect(self.ticked)
        self._note = Text("", "caption", "muted")
        self._note.setObjectName("enroll.consent_note")
        card = Card(theme, "m")
        card.body.addWidget(self._languages)
        card.body.addWidget(self._text, 1)
        card.body.addWidget(self._tick)
        card.body.addWidget(self._note)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(card)
        presenter.agreement.changed.connect(self._show_text)

    @property
    def agreed(self) -> bool:
        """Return whether the tick is set."""
        return self._tick.box.isChecked()

    def show_state(self) -> None:
        """Show what the presenter knows. Another person has not agreed yet."""
        session = self._presenter.session
        person = (session.user_id, session.name)
        if person != self._person:
            self._person = person
            self._tick.box.setChecked(False)
            self._text.verticalScrollBar().setValue(0)
        said = self.tr("{0} has read this text or had it read out, and agrees.")
        who = f"{session.name} ({session.user_id})" if session.name else session.user_id
        self._tick.set_text(said.replace("{0}", who))

    def focus(self) -> QWidget:
        """Return what the operator will want to use first."""
        return self._tick.box

    @Slot()
    def _show_text(self) -> None:
        """Show the text that is chosen. Who agreed to another one has not agreed to this one."""
        text = self._presenter.agreement.shown
        if text is None or text == self._shown:
            return
        self._shown = text
        self._tick.box.setChecked(False)
        self._text.setMarkdown(text.markdown)
        _calm_headings(self._text.document())
        self._text.verticalScrollBar().setValue(0)
        note = self.tr("Text version {0}, SHA-256 {1} … A receipt with both is kept.")
        self._note.setText(note.replace("{0}", text.version).replace("{1}", text.sha256[:12]))
        self._show_languages(text.language)

    def _show_languages(self, chosen: str) -> None:
        row = self._languages.layout()
        offered = [text.language for text in self._presenter.agreement.texts]
        if isinstance(row, QHBoxLayout) and list(self._buttons) != offered:
            empty(row)
            self._buttons.clear()
            for code in offered:
                button = Button(self._theme, LANGUAGES.get(code, code), "quiet")
                button.setObjectName(f"enroll.language.{code}")
                button.setCheckable(True)
                button.clicked.connect(lambda _=False, code=code: self._choose(code))
                self._buttons[code] = button
                row.addWidget(button)
            row.addStretch(1)
        self._languages.setVisible(len(offered) > 1)
        for code, button in self._buttons.items():
            button.setChecked(code == chosen)

    def _choose(self, code: str) -> None:
        self._presenter.agreement.choose(code)
        for each, button in self._buttons.items():
            button.setChecked(self._shown is not None and each == self._shown.language)


def _calm_headings(document: QTextDocument) -> None:
    """Make headings a little larger than the text; Markdown's are the size of posters.

    The sizes stay relative, so that they follow the text scale.
    """
    block = document.begin()
    while block.isValid():
        level = block.blockFormat().headingLevel()
        if level:
            cursor = QTextCursor(block)
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            looks = QTextCharFormat()
            looks.setProperty(QTextFormat.Property.FontSizeAdjustment, 1 if level == 1 else 0)
            cursor.mergeCharFormat(looks)
        block = block.next()
