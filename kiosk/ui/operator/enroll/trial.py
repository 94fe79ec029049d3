"""Trying takes out before they are saved: one more sentence, scored and forgotten."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from kiosk.core.embedding import Voiceprint, score
from kiosk.core.outcomes import TakeRefused
from kiosk.ui.operator.enroll.hearing import Hearing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.outcomes import TakeAccepted, TakeOutcome
    from kiosk.core.quality import Reason
    from kiosk.ui.navigation import Ui


@dataclass(frozen=True)
class TrialScore:
    """How one more sentence compares with the takes; never stored.

    Attributes:
        score: cosine score; None when the recording was too poor.
        threshold: least score that verifies.
        reasons: why it was too poor.
    """

    score: float | None
    threshold: float
    reasons: tuple[Reason, ...] = ()


class Trial(QObject):
    """Hears one sentence and scores it against takes that are not saved yet.

    Signals:
        changed: it began or ended.
        progress: :class:`kiosk.services.listening.Progress`.
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

    def start(self, takes: Sequence[TakeAccepted], threshold: float) -> None:
        """Hear one sentence.

        Args:
            takes: what it is compared with.
            threshold: least score that would verify.
        """
        if self.hearing:
            return
        self.result = None
        voiceprint = Voiceprint(tuple(take.embedding for take in takes))
        self._hearing.start(
            uuid.uuid4().hex,
            self._enroll.policy.end_point,
            lambda speech: self._enroll.check_take(speech, trial=True),
            lambda outcome: self._done(voiceprint, threshold, outcome),
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

    def _done(self, voiceprint: Voiceprint, threshold: float, outcome: TakeOutcome) -> None:
        if isinstance(outcome, TakeRefused):
            self.result = TrialScore(None, threshold, outcome.reasons)
        else:
            self.result = TrialScore(score(voiceprint, outcome.embedding), threshold)
            outcome.wipe()
        self.changed.emit()
