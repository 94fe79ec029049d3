"""Step 3: the person speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.ui import messages
from kiosk.ui.operator.parts import Steady
from kiosk.ui.operator.shortcuts import Keys, bind_button
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.hearing.net_speech_ring import NetSpeechRing
from kiosk.ui.widgets.hearing.prompt_card import PromptCard
from kiosk.ui.widgets.hearing.waveform import WaveformView
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from kiosk.core.ports import SampleSource
    from kiosk.services.hearing.listening import Progress
    from kiosk.ui.operator.enroll.presenting.presenter import EnrollPresenter
    from kiosk.ui.theme.controller import ThemeController

_RING = 120


class VoiceStep(QWidget):
    """What to say, what is heard, and the button to record.

    Args:
        theme: gives looks.
        presenter: records.
        source: the microphone.
    """

    def __init__(
        self, theme: ThemeController, presenter: EnrollPresenter, source: SampleSource
    ) -> None:
        super().__init__()
        self._presenter = presenter
        self._steady = Steady()
        self._prompt = PromptCard(theme)
        self._prompt.setObjectName("enroll.prompt")
        self._ring = NetSpeechRing(theme, _RING)
        self._wave = WaveformView(theme, source)
        self._wave.setMinimumHeight(_RING)
        self._heading = Text("", "title")
        self._explanation = Text("", "body", "muted")
        self._record = Button(theme, self.tr("Record"), "primary", icon="microphone")
        self._record.setObjectName("enroll.record")
        self._stop = Button(theme, self.tr("Stop"), icon="stop")
        self._stop.setObjectName("enroll.stop")
        self._hint = HintBanner(theme)
        self._hint.setObjectName("enroll.hint")

        sound = Card(theme, "m")
        row = QHBoxLayout()
        row.setSpacing(theme.space("m"))
        row.addWidget(self._ring)
        row.addWidget(self._wave, 1)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._heading)
        words.addWidget(self._explanation)
        actions = QHBoxLayout()
        actions.setSpacing(theme.space("m"))
        actions.addLayout(words, 1)
        actions.addWidget(self._record, 0, Qt.AlignmentFlag.AlignVCenter)
        actions.addWidget(self._stop, 0, Qt.AlignmentFlag.AlignVCenter)
        sound.body.addLayout(row)
        sound.body.addLayout(actions)

        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("m"))
        box.addWidget(self._prompt, 1)
        box.addWidget(sound)
        box.addWidget(self._hint)

        self._record.clicked.connect(self._on_record)
        self._stop.clicked.connect(presenter.stop_hearing)
        presenter.progress.connect(self._on_progress)
        bind_button(Keys.RECORD, self._record)
        bind_button(Keys.STOP, self._stop)

    def show_state(self) -> None:
        """Show what the presenter knows."""
        presenter = self._presenter
        session, target = presenter.session, presenter.slots.target
        state = session.state_id
        hearing = state in ("listening", "checking")
        who = session.name or session.user_id
        self._prompt.set_prompt(self.tr("{0} says").replace("{0}", who), presenter.prompt)
        number = min((target or 0) + 1, session.policy.takes)
        heading = self.tr("Take {0} of {1}")
        if state == "listening":
            heading = self.tr("Take {0} of {1}: listening")
        elif state == "checking":
            heading = self.tr("Take {0} of {1}: checking")
        self._heading.setText(
            heading.replace("{0}", str(number)).replace("{1}", str(session.policy.takes))
        )
        self._explanation.setText(
            self.tr("It stops automatically when it has heard enough.")
            if hearing
            else self.tr("Press Record, then ask the person to say the sentence in a normal voice.")
        )
        self._swap(hearing=hearing)
        if state != "listening":
            self._hint.clear()
            self._steady.reset()
        if not hearing:
            self._ring.reset()

    def focus(self) -> QWidget:
        """Return what the operator will want to use first."""
        return self._record if not self._record.isHidden() else self._stop

    def _swap(self, *, hearing: bool) -> None:
        # One takes the place of the other, and the focus with it.
        shown, hidden = (self._stop, self._record) if hearing else (self._record, self._stop)
        had_focus = hidden.hasFocus()
        shown.setVisible(True)
        if had_focus:
            shown.setFocus(Qt.FocusReason.OtherFocusReason)
        hidden.setVisible(False)

    @Slot()
    def _on_record(self) -> None:
        self._ring.reset()
        self._presenter.record()

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        if self._presenter.session.state_id != "listening":
            return
        wanted = self._presenter.session.policy.end_point.wanted_net_s
        self._ring.set_share(progress.net_seconds / wanted)
        if self._steady.accepts(progress.hint):
            if progress.hint is None:
                self._hint.clear()
            else:
                message = messages.for_reason(progress.hint)
                self._hint.show_hint(message.title, "warning", message.icon)
