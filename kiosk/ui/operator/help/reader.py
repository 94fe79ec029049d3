"""Shows a page of Markdown in the looks of the kiosk, and finds words in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import (
    QFont,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QTextBrowser, QTextEdit

from kiosk.ui import accessibility

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QTextBlock, QTextFragment

    from kiosk.ui.theme.controller import ThemeController


class Reader(QTextBrowser):
    """A page that can be read and searched; it opens nothing.

    Signals:
        followed: a link to another page was chosen: its file, such as ``backups.md``.

    Args:
        theme: gives looks.
    """

    followed = Signal(str)

    def __init__(self, theme: ThemeController) -> None:
        super().__init__()
        self._theme = theme
        self._markdown = ""
        self._page: QTextDocument | None = None
        self._hits: list[QTextCursor] = []
        self._at = 0
        self._words: tuple[str, ...] = ()
        self.setObjectName("help.text")
        self.setOpenLinks(False)
        # Every page is longer than the screen: one that appears would have all laid out anew.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        accessibility.name(self, self.tr("Text of the page"), self.tr("Scroll to read all of it"))
        self.anchorClicked.connect(self._follow)
        theme.follow(self._restyle)

    def show_page(self, markdown: str) -> None:
        """Show another page from its beginning."""
        self._markdown = markdown
        self._hits, self._words = [], ()
        self._restyle()
        self.verticalScrollBar().setValue(0)

    def show_heading(self, heading: str) -> None:
        """Scroll so far that a heading is the first line; where there is none, stay."""
        for block in _blocks(self.document()):
            if block.blockFormat().headingLevel() and block.text() == heading:
                self._scroll_to(block)

    def find_words(self, words: str) -> int:
        """Mark each of these words, and show the first; return how many are marked."""
        self._words = tuple(words.split())
        self._mark()
        self._at = -1
        self.show_next()
        return len(self._hits)

    @Slot()
    def show_next(self) -> None:
        """Show the next marked word; after the last one the first."""
        if self._hits:
            self._at = (self._at + 1) % len(self._hits)
            self._scroll_to(self._hits[self._at].block())

    @Slot()
    def _restyle(self) -> None:
        if not self._markdown:
            return
        place, former = self.verticalScrollBar().value(), self._page
        # Dressed before it is shown: every change of what is shown would lay all of it out anew.
        document = QTextDocument(self)
        document.setUndoRedoEnabled(False)
        document.setDefaultFont(self.font())
        document.setMarkdown(self._markdown)
        families = self._theme.font("body", "operator").families()
        for block in _blocks(document):
            _calm(block, families)
        for frame in document.rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                self._dress(frame)
        self.setDocument(document)
        self._page = document
        if former is not None:
            former.deleteLater()
        self._mark()
        self.verticalScrollBar().setValue(place)

    def _dress(self, table: QTextTable) -> None:
        looks = table.format().toTableFormat()
        looks.setTopMargin(self._theme.space("s"))
        looks.setBottomMargin(0)
        looks.setBorder(1)
        looks.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        looks.setBorderBrush(self._theme.color("outline"))
        looks.setBorderCollapse(True)
        looks.setCellPadding(6)
        looks.setCellSpacing(0)
        # Not all of it: widths of columns are rounded, and nothing shall be moved sideways.
        looks.setWidth(QTextLength(QTextLength.Type.PercentageLength, 99))
        table.setFormat(looks)

    def _mark(self) -> None:
        self._hits = sorted(
            (hit for word in self._words for hit in _found(self.document(), word)),
            key=QTextCursor.position,
        )
        looks = QTextCharFormat()
        looks.setBackground(self._theme.color("accent"))
        looks.setForeground(self._theme.color("on-accent"))
        marks = []
        for hit in self._hits:
            mark = QTextEdit.ExtraSelection()
            mark.cursor, mark.format = hit, looks
            marks.append(mark)
        self.setExtraSelections(marks)

    def _scroll_to(self, block: QTextBlock) -> None:
        self.document().pageCount()  # what is not laid out yet has no place to scroll to
        top = self.document().documentLayout().blockBoundingRect(block).top()
        self.verticalScrollBar().setValue(round(top) - self.fontMetrics().height())

    @Slot("QUrl")
    def _follow(self, url: QUrl) -> None:
        if url.isRelative() and url.path():
            self.followed.emit(url.path())


def _blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


def _fragments(block: QTextBlock) -> Iterator[QTextFragment]:
    at = block.begin()
    while not at.atEnd():
        yield at.fragment()
        at += 1


def _found(document: QTextDocument, word: str) -> Iterator[QTextCursor]:
    cursor = document.find(word)
    while not cursor.isNull():
        yield cursor
        cursor = document.find(word, cursor)


def _calm(block: QTextBlock, families: list[str]) -> None:
    """Give headings a size that follows the text, and everything the fonts of the kiosk."""
    cursor = QTextCursor(block)
    level = block.blockFormat().headingLevel()
    if level:
        cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
        looks = QTextCharFormat()
        looks.setProperty(QTextFormat.Property.FontSizeAdjustment, 2 if level == 1 else 1)
        cursor.mergeCharFormat(looks)
    strong = QTextCharFormat()
    strong.setFontWeight(QFont.Weight.DemiBold)  # the boldest that there is a typeface for
    code = QTextCharFormat(strong)
    code.setFontFamilies(families)
    code.setFontFixedPitch(False)
    parts = [
        (part.position(), part.length(), code if part.charFormat().fontFixedPitch() else strong)
        for part in _fragments(block)
        if part.charFormat().fontFixedPitch()
        or part.charFormat().fontWeight() > QFont.Weight.DemiBold
    ]
    for start, length, looks in parts:
        cursor.setPosition(start)
        cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.mergeCharFormat(looks)
