"""Step 4: are the takes of one voice, and does it work?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.ui import messages
from kiosk.ui.operator.enroll.alike import AlikeCard
from kiosk.ui.operator.enroll.matrix import ConsistencyMatrix
from kiosk.ui.operator.words import cosines, number
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.hearing.net_speech_ring import NetSpeechRing
from kiosk.ui.widgets.labels import Text
from kiosk.ui.widgets.score_gauge import ScoreGauge

if TYPE_CHECKING:
    from kiosk.services.hearing.listening import Progress
    from kiosk.ui.operator.enroll.presenting.presenter import EnrollPresenter
    from kiosk.ui.theme.controller import ThemeController

_RING = 72


class CheckStep(QWidget):
    """The scores between the takes, and a trial of the voiceprint before it is saved.

    Args:
        theme: gives looks.
        presenter: compares.
    """

    def __init__(self, theme: ThemeController, presenter: EnrollPresenter) -> None:
        super().__init__()
        self.setObjectName("enroll.check")
        self._presenter = presenter
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("m"))
        self._alike = AlikeCard(theme, presenter)
        box.addWidget(self._alike)
        box.addWidget(self._takes_card(theme))
        box.addWidget(self._trial_card(theme))
        box.addStretch(1)
        presenter.trial.progress.connect(self._on_progress)
        presenter.trial.judging.connect(self._on_judging)

    def _takes_card(self, theme: ThemeController) -> Card:
        card = Card(theme, "m")
        self._matrix = ConsistencyMatrix(theme)
        self._verdict = HintBanner(theme)
        self._verdict.setObjectName("enroll.verdict")
        self._again = Button(theme, self.tr("Record that take again"), icon="refresh")
        self._again.setObjectName("enroll.retake_weakest")
        self._again.clicked.connect(self._retake_weakest)
        card.body.addWidget(Text(self.tr("Do the takes sound like one person?"), "title"))
        card.body.addWidget(self._matrix)
        card.body.addWidget(self._verdict)
        card.body.addWidget(self._again, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def _trial_card(self, theme: ThemeController) -> Card:
        card = self._trial = Card(theme, "m")
        self._instruction = Text("", "body", "muted")
        self._ring = NetSpeechRing(theme, _RING)
        self._gauge = ScoreGauge(theme)
        self._gauge.setObjectName("enroll.quick_score")
        self._details = Text("", "caption", "muted")
        self._details.setObjectName("enroll.quick_details")
        self._result = HintBanner(theme)
        policy = self._result.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self._result.setSizePolicy(policy)
        self._start = Button(theme, self.tr("Try it"), icon="microphone")
        self._start.setObjectName("enroll.quick_verify")
        self._stop = Button(theme, self.tr("Stop"), icon="stop")
        self._stop.setObjectName("enroll.quick_stop")
        words = QVBoxLayout()
        words.setSpacing(theme.space("xs"))
        words.addWidget(Text(self.tr("Try it before saving"), "title"))
        words.addWidget(self._instruction)
        row = QHBoxLayout()
        row.setSpacing(theme.space("m"))
        row.addWidget(self._ring)
        row.addLayout(words, 1)
        row.addWidget(self._start, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._stop, 0, Qt.AlignmentFlag.AlignVCenter)
        card.body.addLayout(row)
        for part in (self._gauge, self._details, self._result):
            card.body.addWidget(part)
        self._start.clicked.connect(self._presenter.quick_verify)
        self._stop.clicked.connect(self._presenter.trial.give_up)
        return card

    def show_state(self) -> None:
        """Show what the presenter knows."""
        presenter = self._presenter
        session = presenter.session
        if session.state_id not in ("review", "saving"):
            return
        self._alike.show_state()
        self._matrix.show_scores(presenter.slots.matrix(), self._limit())
        self._show_verdict(consistent=session.consistent())
        self._show_trial()

    def focus(self) -> QWidget:
        """Return what the operator will want to use first."""
        if not self._presenter.session.consistent():
            return self._again
        if not self._presenter.session.decided():
            return self._alike.first
        return self._stop if self._presenter.trial.hearing else self._start

    def _show_verdict(self, *, consistent: bool) -> None:
        slot, lowest = self._presenter.slots.weakest()
        limit = self._limit()
        if consistent:
            text = self.tr("Yes. The lowest score is {1}; at least {2} is needed.")
        else:
            text = self.tr(
                "No. The lowest score is {1}; at least {2} is needed. Take {0} differs most: "
                "record it again, spoken by the same person."
            )
        for place, value in enumerate((str(slot + 1), number(lowest), number(limit))):
            text = text.replace(f"{{{place}}}", value)
        self._verdict.show_hint(text, "positive" if consistent else "negative")
        self._again.setVisible(not consistent and self._presenter.session.state_id == "review")
        self._again.set_text(self.tr("Record take {0} again").replace("{0}", str(slot + 1)))

    def _show_trial(self) -> None:
        presenter = self._presenter
        hearing, quick = presenter.trial.hearing, presenter.trial.result
        self._trial.setVisible(presenter.session.consistent())
        had_focus = self._stop.hasFocus() if not hearing else self._start.hasFocus()
        shown, hidden = (self._stop, self._start) if hearing else (self._start, self._stop)
        shown.setVisible(True)
        if had_focus:
            shown.setFocus(Qt.FocusReason.OtherFocusReason)
        hidden.setVisible(False)
        self._start.setEnabled(presenter.session.state_id == "review")
        self._ring.setVisible(hearing)
        if not hearing:
            self._ring.reset()
            self._instruction.setText(
                self.tr("The person says one more sentence and sees the score. Nothing is saved.")
            )
        else:
            self._instruction.setText(f"“{presenter.prompt}”")
        score = None if quick is None else quick.score
        # Without a score there is nothing to show: the limit of the takes is another one.
        self._gauge.setVisible(score is not None)
        self._details.setVisible(score is not None)
        if score is None:
            self._gauge.set_score(None, self._limit())
        else:
            self._gauge.set_score(score.value, score.threshold, one_in=score.one_in)
            by_model = self.tr("Cosine by voice model: {0}")
            self._details.setText(by_model.replace("{0}", cosines(score.cosines)))
        if quick is not None and quick.reasons:
            advice = (messages.for_reason(reason) for reason in quick.reasons)
            text = " ".join(f"{one.title}. {one.hint}" for one in advice)
            self._result.show_hint(text, "warning")
        else:
            self._result.clear()

    def _limit(self) -> float:
        found = self._presenter.session.agreement
        return 0.0 if found is None else found.limit

    @Slot()
    def _retake_weakest(self) -> None:
        self._presenter.retake(self._presenter.slots.weakest()[0])

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        wanted = self._presenter.session.policy.end_point.wanted_net_s
        self._ring.set_share(progress.net_seconds / wanted)

    @Slot()
    def _on_judging(self) -> None:
        self._instruction.setText(self.tr("Comparing …"))
