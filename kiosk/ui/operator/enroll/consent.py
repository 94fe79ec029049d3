"""Step 2: the person agrees, or nothing happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

from kiosk.core.errors import ResourcesMissing
from kiosk.ui import accessibility
from kiosk.ui.operator.parts import Tick
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QTextDocument

    from kiosk.ui.operator.enroll.presenter import EnrollPresenter
    from kiosk.ui.theme.controller import ThemeController


def consent_text(resources: Path, version: str, language: str = "en") -> str:
    """Return the consent text of a version as Markdown.

    Args:
        resources: the folder of the program's own files.
        version: as it is stored with the consent.
        language: of the text.

    Raises:
        ResourcesMissing: there is no such text; nobody can agree to what cannot be shown.
    """
    try:
        return (resources / "consent" / f"{language}-{version}.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ResourcesMissing(f"The consent text of version {version} is missing.") from exc


class ConsentStep(QWidget):
    """The text in full, and a tick that names the person.

    Signals:
        ticked: whether the person agrees.

    Args:
        theme: gives looks.
        presenter: knows the person.
        text: the consent text as Markdown.
        version: of the text.
    """

    ticked = Signal(bool)

    def __init__(
        self, theme: ThemeController, presenter: EnrollPresenter, text: str, version: str
    ) -> None:
        super().__init__()
        self._presenter = presenter
        self._person = ("", "")
        self._text = QTextBrowser()
        self._text.setObjectName("enroll.consent_text")
        self._text.setOpenLinks(False)
        self._text.setMarkdown(text)
        _calm_headings(self._text.document())
        self._text.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._text.setMinimumHeight(200)
        accessibility.name(self._text, self.tr("Consent text"), self.tr("Scroll to read all of it"))
        self._tick = Tick(theme, "enroll.consent")
        self._tick.toggled.connect(self.ticked)
        card = Card(theme, "m")
        card.body.addWidget(self._text, 1)
        card.body.addWidget(self._tick)
        note = self.tr("Text version {0}. The version and the day are stored with the person.")
        card.body.addWidget(Text(note.replace("{0}", version), "caption", "muted"))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(card)

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
        said = self.tr("{0} has read this text, or has had it read to them, and agrees to it.")
        who = f"{session.name} ({session.user_id})" if session.name else session.user_id
        self._tick.set_text(said.replace("{0}", who))

    def focus(self) -> QWidget:
        """Return what the operator will want to use first."""
        return self._tick.box


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
