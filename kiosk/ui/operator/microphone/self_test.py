"""Five seconds of speech, and whether the microphone is good enough to enroll people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from kiosk.ui import messages
from kiosk.ui.operator.figures import FigureGrid, figures
from kiosk.ui.operator.microphone.presenter import SELF_TEST_S
from kiosk.ui.operator.shortcuts import Keys, bind_button
from kiosk.ui.widgets.busy_bar import BusyBar
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from kiosk.core.policies import QualityPolicy
    from kiosk.ui.operator.microphone.presenter import MicrophonePresenter, Verdict
    from kiosk.ui.theme.controller import ThemeController

_TICK_MS = 100


class SelfTest(Card):
    """A button, a bar that fills in five seconds, and the verdict with its figures.

    Args:
        theme: gives looks.
        presenter: listens and judges.
        quality: limits of an enrollment take.
    """

    def __init__(
        self, theme: ThemeController, presenter: MicrophonePresenter, quality: QualityPolicy
    ) -> None:
        super().__init__(theme, "m")
        self._presenter = presenter
        self._quality = quality
        self._elapsed = QElapsedTimer()
        self._start = Button(theme, self.tr("Start test"), "primary", icon="play")
        self._start.setObjectName("microphone.test")
        self._verdict = HintBanner(theme)
        self._verdict.setObjectName("microphone.verdict")
        policy = self._verdict.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self._verdict.setSizePolicy(policy)
        self._figures = FigureGrid(theme, columns=3)
        self._figures.hide()
        self._bar = BusyBar(theme)
        policy = self._bar.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self._bar.setSizePolicy(policy)
        words = QVBoxLayout()
        words.setSpacing(theme.space("xs"))
        words.addWidget(Text(self.tr("Self-test"), "title"))
        words.addWidget(
            Text(
                self.tr("Speak for five seconds in a normal voice, where people will stand."),
                "body",
                "muted",
            )
        )
        head = QHBoxLayout()
        head.setSpacing(theme.space("m"))
        head.addLayout(words, 1)
        head.addWidget(self._start, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        self.body.addWidget(self._bar)
        self.body.addWidget(self._verdict)
        self.body.addWidget(self._figures)
        self.body.addStretch(1)
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._advance)
        self._start.clicked.connect(presenter.start_test)
        self._bar.cancelled.connect(presenter.stop_test)
        presenter.testing_changed.connect(self._on_testing)
        presenter.tested.connect(self._on_tested)
        bind_button(Keys.SELF_TEST, self._start)

    def reset(self) -> None:
        """Forget the latest verdict."""
        self._verdict.clear()
        self._figures.hide()

    @Slot()
    def _on_testing(self) -> None:
        testing = self._presenter.testing
        self._start.setEnabled(not testing)
        if testing:
            self.reset()
            self._elapsed.start()
            self._bar.start(self.tr("Listening: please speak …"))
            self._bar.set_progress(0.0)
            self._timer.start()
        else:
            self._timer.stop()
            self._bar.stop()

    @Slot()
    def _advance(self) -> None:
        share = self._elapsed.elapsed() / (1000 * SELF_TEST_S)
        text = self.tr("Checking …") if share >= 1.0 else None
        self._bar.set_progress(share, text)

    @Slot(object)
    def _on_tested(self, verdict: Verdict) -> None:
        if verdict.reasons:
            advice = (messages.for_reason(reason) for reason in verdict.reasons)
            text = " ".join(f"{one.title}. {one.hint}" for one in advice)
            self._verdict.show_hint(text, "warning")
        else:
            self._verdict.show_hint(
                self.tr("Good. You can enroll people with this microphone here."), "positive"
            )
        self._figures.show_figures(figures(verdict.report, self._quality, verdict.reasons))
        self._figures.show()
