"""Speak: the sentence, the live sound, and how much was heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from kiosk.ui import accessibility
from kiosk.ui.verify.adaptive import FooterRow
from kiosk.ui.verify.column import Column
from kiosk.ui.verify.other_ways import other_ways_button
from kiosk.ui.widgets.busy_bar import BusyBar
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.hearing.net_speech_ring import NetSpeechRing
from kiosk.ui.widgets.hearing.prompt_card import PromptCard
from kiosk.ui.widgets.hearing.waveform import WaveformView
from kiosk.ui.widgets.page import Page

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from kiosk.core.ports import SampleSource
    from kiosk.ui.messages import Message
    from kiosk.ui.theme.controller import ThemeController

_TALLEST_PROMPT = 640
_TALLEST_WAVEFORM = 280


class SpeakPage(Page):
    """Asks for the sentence and shows that it is heard.

    Signals:
        cancelled: back to Welcome.
        asked_other_ways: somebody does not want to speak.
    """

    cancelled = Signal()
    asked_other_ways = Signal()

    def __init__(
        self, theme: ThemeController, source: SampleSource, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, "", parent=parent)
        accessibility.name(self, self.tr("Speak"))
        self.setObjectName("page.speak")
        self._prompt = PromptCard(theme)
        self._ring = NetSpeechRing(theme, 136)
        self._waveform = WaveformView(theme, source)
        self._waveform.setMinimumHeight(96)
        self._hint = HintBanner(theme)
        self._busy = BusyBar(theme)
        cancel = Button(theme, self.tr("Cancel"), "secondary", icon="x")
        cancel.setObjectName("speak.cancel")
        cancel.clicked.connect(self.cancelled)

        self._prompt.setMaximumHeight(_TALLEST_PROMPT)
        sound = Card(theme, "m")
        sound.setMaximumHeight(_TALLEST_WAVEFORM)
        sound.body.addWidget(self._waveform)
        live = QHBoxLayout()
        live.setSpacing(theme.space("l"))
        live.addWidget(self._ring)
        live.addWidget(sound, 1)
        column = Column(theme, 1040, self)
        # The stretches take what the tallest prompt leaves on a portrait screen.
        column.body.addStretch(1)
        column.body.addWidget(self._prompt, 20)
        column.body.addLayout(live, 5)
        column.body.addWidget(self._hint)
        column.body.addStretch(1)
        self.body.addWidget(column, 1)
        other = other_ways_button(theme, "speak")
        other.clicked.connect(self.asked_other_ways)
        self.body.addWidget(FooterRow(theme, (cancel, other), (self._busy,)))

    @property
    def sentence(self) -> str:
        """Return what is to be said."""
        return self._prompt.sentence

    def show_prompt(self, sentence: str) -> None:
        """Begin a new attempt with this sentence."""
        self._prompt.set_prompt(self.tr("Please say this sentence"), sentence)
        self._ring.reset()
        self._busy.stop()

    def show_progress(self, share: float) -> None:
        """Show the share in [0, 1] of the speech that is needed."""
        self._ring.set_share(share)

    def show_hint(self, message: Message | None) -> None:
        """Show one live hint, or none."""
        if message is None:
            self._hint.clear()
        else:
            self._hint.show_hint(message.title, "warning", message.icon)

    def show_checking(self) -> None:
        """Say that the sentence was heard and is being compared."""
        self._hint.show_hint(self.tr("Thank you. Checking …"), "accent", "check")
        self._busy.start(self.tr("Comparing your voice …"), can_cancel=False)
