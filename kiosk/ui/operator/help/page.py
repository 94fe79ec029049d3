"""The Help page: the manual by topic, with a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QListWidget, QSizePolicy

from kiosk import manual
from kiosk.core.errors import ResourcesMissing
from kiosk.ui import accessibility, messages
from kiosk.ui.operator.help.reader import Reader
from kiosk.ui.operator.screens import OperatorPage
from kiosk.ui.operator.tables.search import SearchField
from kiosk.ui.widgets.hearing.hint_banner import HintBanner

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from kiosk.manual import Topic
    from kiosk.ui.navigation import Ui
    from kiosk.ui.operator.screens import Navigator

_NARROW = 760
"""Below this width in pixels, at 100 % text, topics are chosen from a list that opens."""


class HelpPage(OperatorPage):
    """For whoever has signed in.

    Args:
        ui: the looks.
        navigator: leads to other screens.
        parent: Qt parent.
    """

    def __init__(self, ui: Ui, navigator: Navigator, parent: QWidget | None = None) -> None:
        super().__init__(ui, navigator, parent)
        theme = ui.theme
        self._all: tuple[Topic, ...] = ()
        self._offered: list[Topic] = []
        self._shown: Topic | None = None
        hint = self.tr("Search in the manual")
        self._search = SearchField("help.search", hint, hint)
        self._search.wanted.connect(self._on_wanted)
        self._note = HintBanner(theme)
        self._note.setObjectName("help.note")
        policy = self._note.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self._note.setSizePolicy(policy)
        self._list = QListWidget()
        self._list.setObjectName("help.topics")
        self._list.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        accessibility.name(self._list, self.tr("Topics"), self.tr("Arrows choose another topic"))
        self._list.currentRowChanged.connect(self._on_row)
        self._choice = QComboBox()
        self._choice.setObjectName("help.topic")
        self._choice.setModel(self._list.model())
        self._choice.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        accessibility.name(self._choice, self.tr("Topics"))
        self._choice.activated.connect(self._list.setCurrentRow)
        self._text = Reader(theme)
        self._text.followed.connect(self._on_followed)
        self._search.returnPressed.connect(self._text.show_next)
        head = QHBoxLayout()
        head.setSpacing(theme.space("m"))
        head.addWidget(self._choice, 1)
        head.addWidget(self._search, 1)
        row = QHBoxLayout()
        row.setSpacing(theme.space("m"))
        row.addWidget(self._list)
        row.addWidget(self._text, 1)
        self.body.addLayout(head)
        self.body.addWidget(self._note)
        self.body.addLayout(row, 1)
        theme.follow(self._fit)

    def entered(self) -> None:
        """The page is shown: offer the manual, open at the screen that was shown before."""
        try:
            self._all = self._all or manual.topics()
        except ResourcesMissing as error:
            message = messages.for_error(error)
            self._note.show_hint(message.sentence, "negative", message.icon)
            return
        self._open(*self.navigator.about)
        self._search.setFocus(Qt.FocusReason.OtherFocusReason)

    def left(self) -> None:
        """The page is left: the next one finds all topics."""
        self._search.forget()
        self._note.clear()

    @property
    def topic(self) -> str:
        """Return the name of the topic that is shown."""
        return "" if self._shown is None else self._shown.name

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Offer the topics in the way for which there is room."""
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        narrow = self.width() * 100 < _NARROW * self.theme.text_scale
        self._list.setVisible(not narrow)
        self._choice.setVisible(narrow)
        metrics = self._list.fontMetrics()
        widest = max((metrics.horizontalAdvance(page.title) for page in self._all), default=0)
        self._list.setFixedWidth(widest + 2 * self.theme.space("l"))

    # --- topics ------------------------------------------------------------------------------

    def _offer(self, pages: tuple[Topic, ...]) -> None:
        """Offer these topics, and stay with the one that is shown if it is among them."""
        self._offered = list(pages)
        row = next((i for i, page in enumerate(pages) if page.name == self.topic), 0)
        self._list.blockSignals(True)
        self._list.clear()
        self._list.addItems([page.title for page in pages])
        self._list.blockSignals(False)
        self._list.setCurrentRow(row)
        self._fit()

    def _open(self, name: str, heading: str = "") -> None:
        self._search.forget()
        self._offer(self._all)
        for row, page in enumerate(self._offered):
            if page.name == name:
                self._list.setCurrentRow(row)
                self._text.show_heading(heading)

    @Slot(int)
    def _on_row(self, row: int) -> None:
        if 0 <= row < len(self._offered):
            self._choice.setCurrentIndex(row)
            page = self._offered[row]
            if page is not self._shown:
                self._shown = page
                self._text.show_page(page.text)
            if self._search.text():
                self._text.find_words(self._search.text())

    @Slot(str)
    def _on_wanted(self, words: str) -> None:
        self._note.clear()
        found = tuple(page for page in self._all if page.has(words))
        if not found:
            self._note.show_hint(self.tr("No page has these words. Try others."))
            found = self._all
        self._offer(found)
        self._text.find_words(words)

    @Slot(str)
    def _on_followed(self, path: str) -> None:
        self._open(path.removesuffix(".md"))
