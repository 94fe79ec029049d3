"""Trying takes out before they are saved: one more sentence, scored and forgotten."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from kiosk.core.visit.outcomes import TakeRefused
from kiosk.ui.operator.enroll.presenting.hearing import Hearing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.hearing.quality import Reason
    from kiosk.core.hearing.speech import Speech
    from kiosk.core.visit.outcomes import TakeAccepted
    from kiosk.core.voice.scoring import Score
    from kiosk.ui.navigation import Ui


@dataclass(frozen=True)
class TrialScore:
    """How one more sentence compares with the takes; never stored.

    Attributes:
        score: None when the recording was too poor.
        reasons: why it was too poor.
    """

    score: Score | None
    reasons: tuple[Reason, ...] = ()


class Trial(QObject):
    """Hears one sentence and scores it against takes that are not saved yet.

    Signals:
        changed: it began or ended.
        progress: :class:`kiosk.services.hearing.listening.Progress`.
        judging: the end-point was reached.
        failed: :class:`kiosk.core.errors.KioskError`.

    Attributes:
        result: the latest score, until the next trial.
    """

    changed = Signal()
    progress = Signal(object)
    judging = Signal()
    failed = Signal(object)

    def __init__(self, ui: Ui, parent: QObject | None = None) -> None:
        """Begin without a result."""
        super().__init__(parent)
        self._enroll = ui.kiosk.enroll
        self._hearing = Hearing(ui, self)
        self._hearing.progress.connect(self.progress)
        self._hearing.heard.connect(self.judging)
        self.result: TrialScore | None = None

    @property
    def hearing(self) -> bool:
        """Return whether a sentence is being heard or judged."""
        return self._hearing.active

    def start(self, takes: Sequence[TakeAccepted]) -> None:
        """Hear one sentence.

        Args:
            takes: what it is compared with.
        """
        if self.hearing:
            return
        self.result = None
        self._hearing.start(
            uuid.uuid4().hex,
            self._enroll.policy.end_point,
            lambda speech: self._compared(takes, speech),
            self._done,
            self.failed.emit,
        )
        self.changed.emit()

    @Slot()
    def give_up(self) -> None:
        """Give it up."""
        if self.hearing:
            self._hearing.stop()
            self.changed.emit()

    def forget(self) -> None:
        """Give it up, and drop the latest result."""
        self.result = None
        self.give_up()

    def _compared(self, takes: Sequence[TakeAccepted], speech: Speech) -> TrialScore:
        outcome = self._enroll.check_take(speech, trial=True)
        if isinstance(outcome, TakeRefused):
            return TrialScore(None, outcome.reasons)
        try:
            return TrialScore(self._enroll.compare(takes, outcome))
        finally:
            outcome.wipe()

    def _done(self, result: TrialScore) -> None:
        self.result = result
        self.changed.emit()
