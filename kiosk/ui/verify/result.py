"""Result: what was decided, how clearly, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.ui.verify.adaptive import FooterRow
from kiosk.ui.verify.column import Column
from kiosk.ui.verify.lock_words import lock_words
from kiosk.ui.verify.other_ways import other_ways_button
from kiosk.ui.verify.presenting.countdown import Countdown
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card, SoftPanel
from kiosk.ui.widgets.labels import IconView, Text
from kiosk.ui.widgets.outcome_panel import OutcomePanel
from kiosk.ui.widgets.page import Page
from kiosk.ui.widgets.score_gauge import ScoreGauge

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent

    from kiosk.core.limits.attempts import Lock
    from kiosk.ui.messages import Message
    from kiosk.ui.theme.controller import ThemeController
    from kiosk.ui.verify.presenting.shown import Result


class _Advice(SoftPanel):
    """What to do better, a line each."""

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__("warning", parent)
        self._theme = theme
        self._rows = QVBoxLayout(self)
        edge = theme.space("m")
        self._rows.setContentsMargins(theme.space("l"), edge, theme.space("l"), edge)
        self._lines: list[QWidget] = []

    def show_advice(self, messages: tuple[tuple[str, str], ...]) -> None:
        """Show ``(text, icon)`` pairs in the place of those before."""
        for line in self._lines:
            line.hide()
            line.deleteLater()
        self._lines = [self._line(text, icon) for text, icon in messages]
        for line in self._lines:
            self._rows.addWidget(line)
        self.setVisible(bool(messages))

    def _line(self, text: str, icon: str) -> QWidget:
        line = QWidget(self)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._theme.space("m"))
        words = Text(text)
        words.setProperty("tone", "on-warning-soft")
        row.addWidget(IconView(self._theme, icon, "on-warning-soft", 28))
        row.addWidget(words, 1)
        return line


class ResultPage(Page):
    """Shows a result.

    Signals:
        again: speak once more.
        done: back to Welcome.
        asked_other_ways: somebody wants to be identified without their voice.
    """

    again = Signal()
    done = Signal()
    asked_other_ways = Signal()

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", parent=parent)
        self.setObjectName("page.result")
        self._panel = OutcomePanel(theme, 128)
        self._gauge = ScoreGauge(theme)
        self._gauge_card = Card(theme, "l")
        self._gauge_card.body.addWidget(self._gauge)
        self._advice = _Advice(theme)
        self._lock: Lock | None = None
        self._wait = Countdown(self)
        self._wait.changed.connect(self._show_wait)
        self._wait.over.connect(self._end_wait)
        self._countdown = Text("", "caption", "muted")
        self._countdown.setWordWrap(False)
        self._again = Button(theme, self.tr("Try again"), "primary", icon="refresh")
        self._again.setObjectName("result.again")
        self._done = Button(theme, self.tr("Done"), "secondary")
        self._done.setObjectName("result.done")

        column = Column(theme, 760, self)
        column.body.addStretch(1)
        column.body.addWidget(self._panel)
        column.body.addWidget(self._gauge_card)
        column.body.addWidget(self._advice)
        column.body.addStretch(1)
        self.body.addWidget(column, 1)
        self._other = other_ways_button(theme, "result")
        self._footer_row = FooterRow(
            theme, (self._other, self._countdown), (self._done, self._again)
        )
        self.body.addWidget(self._footer_row)
        self._again.clicked.connect(self.again)
        self._done.clicked.connect(self.done)
        self._other.clicked.connect(self.asked_other_ways)

    def show_result(self, result: Result) -> None:
        """Show what was decided."""
        word, words = self._words(result)
        outcomes: dict[str, Literal["verified", "not-verified", "inconclusive", "locked"]] = {
            "verified": "verified",
            "not_verified": "not-verified",
            "locked": "locked",
        }
        self._panel.show_outcome(outcomes.get(result.state, "inconclusive"), word, words)
        self._wait.stop()
        self._lock = result.lock
        if result.lock is not None and result.lock.retry_after_s is not None:
            self._wait.start(result.lock.retry_after_s)
        accepted = result.state == "verified"
        self._gauge_card.setVisible(result.score is not None)
        if result.score is not None and result.threshold is not None:
            self._gauge.set_score(
                result.score, result.threshold, accepted=accepted, one_in=result.one_in
            )
        self._advice.show_advice(tuple(_line(message) for message in result.advice))
        self._other.setVisible(not accepted)
        self._again.setVisible(result.may_retry)
        self._done.set_kind("secondary" if result.may_retry else "primary")
        self._footer_row.arrange()

    def show_countdown(self, seconds: int) -> None:
        """Show how soon the kiosk returns to Welcome; nothing for 0."""
        text = self.tr("Back to the start in {0} s").replace("{0}", str(seconds))
        self._countdown.setText(text if seconds else "")

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop counting: nobody reads it."""
        super().hideEvent(event)
        self._wait.stop()

    @Slot(int)
    def _show_wait(self, seconds: int) -> None:
        if seconds:
            self._panel.explain(lock_words(self._lock, seconds))

    @Slot()
    def _end_wait(self) -> None:
        self._panel.explain(lock_words(self._lock, 0), announced=True)

    def default_button(self) -> Button:
        """Return the button that Enter presses."""
        return self._again if self._again.isVisibleTo(self) else self._done

    def _words(self, result: Result) -> tuple[str, str]:
        if result.state == "verified":
            who = self.tr("Your voice matches ID {0}.")
            return self.tr("Verified"), who.replace("{0}", result.user_id)
        if result.state == "locked":
            return self.tr("Locked"), lock_words(result.lock)
        if result.state == "inconclusive":
            more = self.tr("We couldn't check. This doesn't use up a try.")
            if not result.may_retry:
                more = self.tr("We couldn't check your voice. Please ask at the desk.")
            if result.lock is not None:
                more = lock_words(result.lock)
            return self.tr("Could not tell"), more
        if result.lock is not None:
            return self.tr("Not verified"), lock_words(result.lock)
        if not result.may_retry:
            return self.tr("Not verified"), self.tr("No tries left. Please ask at the desk.")
        left = self.tr("{0} tries left.").replace("{0}", str(result.tries_left))
        if result.tries_left == 1:
            left = self.tr("One try left.")
        if result.advice:
            return self.tr("Not verified"), left
        why = self.tr("The voice did not match closely enough.")
        if result.factor_asked:
            why = self.tr("Your voice or your PIN or badge didn't match.")
        return self.tr("Not verified"), f"{why} {left}"


def _line(message: Message) -> tuple[str, str]:
    """Return the text and the icon of one piece of advice."""
    return message.sentence, message.icon
