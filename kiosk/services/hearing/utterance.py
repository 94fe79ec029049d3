"""One utterance while it is being heard; lives in the listener's thread.

Sound passes through here in pieces, and each is overwritten when the next one has taken it over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.hearing.audio import MODEL_RATE, AudioClip, dbfs
from kiosk.core.hearing.gates.clipping import FULL_SCALE
from kiosk.core.hearing.quality import Reason
from kiosk.core.hearing.speech import EndPointer, Speech, Turn

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples
    from kiosk.core.policies import EndPointPolicy
    from kiosk.core.ports import Microphone, Resampler, SpeechDetector

_HINT_WINDOW_S = 0.5
_QUIET_DBFS = -45.0
_NOISY_DBFS = -35.0
_PROGRESS_EVERY = 3


@dataclass(frozen=True)
class Progress:
    """How an utterance is coming along.

    Attributes:
        attempt_id: which one.
        net_seconds: net speech so far.
        hint: what the speaker could do better at this moment, if anything.
    """

    attempt_id: str
    net_seconds: float
    hint: Reason | None


@dataclass(frozen=True)
class Arm:
    """What is to be heard.

    Attributes:
        attempt_id: in everything that is told about it.
        policy: when it is over.
        cursor: the first sample that counts.
    """

    attempt_id: str
    policy: EndPointPolicy
    cursor: int


@dataclass
class Losses:
    """Where in the stream the capture last lost samples; lives in the listener's thread."""

    overflows: int = 0
    position: int = 0

    def look(self, microphone: Microphone) -> None:
        """Notice new overflows; they lie before the newest sample."""
        overflows = microphone.overflows
        if overflows != self.overflows:
            self.overflows, self.position = overflows, microphone.position


class Hearing:
    """One armed attempt; lives in the listener's thread."""

    def __init__(
        self, arm: Arm, detector: SpeechDetector, resampler: Resampler, rate: int, losses: Losses
    ) -> None:
        self.attempt_id = arm.attempt_id
        self.cursor = arm.cursor
        self.overflows = losses.overflows
        # What was lost before the arming is lost to this attempt where its lead-in reaches back.
        self.lost = int(losses.position > arm.cursor)
        self.offset = 0.0
        self.channel = 0
        self._rate = rate
        self._detector = detector
        self._resampler = resampler
        self._pieces: list[Samples] = []
        self._rest: Samples = np.empty(0, np.float32)
        self._frames = 0
        self._told = 0
        detector.reset()
        self._end = EndPointer(arm.policy, detector.frame, detector.rate)

    def hear(self, samples: Samples) -> tuple[list[Turn], bool]:
        """Take new samples, which are overwritten in the end.

        Returns:
            What was noticed, and whether progress is due.
        """
        fresh = self._resampler.process(samples)
        if not np.may_share_memory(fresh, samples):
            samples.fill(0.0)
        self._pieces.append(fresh)
        pending = np.concatenate([self._rest, fresh])
        size = self._detector.frame
        turns: list[Turn] = []
        whole = len(pending) // size * size
        for probability in self._detector.probabilities(pending[:whole]):
            turns.append(self._end.feed(float(probability)))
            self._frames += 1
        self._rest = pending[whole:].copy()
        pending.fill(0.0)
        # Not the remainder of a division: a slow device delivers several frames at a time.
        due = self._frames - self._told >= _PROGRESS_EVERY
        if due:
            self._told = self._frames
        return turns, due

    def speech(self, overflows: int) -> Speech:
        """Return everything heard so far that counts."""
        sound = np.concatenate(self._pieces) if self._pieces else np.empty(0, np.float32)
        # A copy, which whoever it is told to overwrites when they are done with it.
        samples = sound[: self._end.counted].copy()
        self.wipe()
        self._pieces = [sound]
        trouble = self.lost + overflows - self.overflows
        clip = AudioClip(
            samples, MODEL_RATE, trouble, self._rate, offset=self.offset, channel=self.channel
        )
        return Speech(clip, self._end.activity(), self.attempt_id)

    def wipe(self) -> None:
        """Overwrite what was heard."""
        for piece in self._pieces:
            piece.fill(0.0)
        self._pieces = []

    def progress(self) -> Progress:
        """Return how far it is, with one hint at most."""
        net = self._end.activity().net_seconds
        return Progress(self.attempt_id, net, self._hint())

    def _hint(self) -> Reason | None:
        wanted = int(_HINT_WINDOW_S * MODEL_RATE)
        latest: list[Samples] = []
        for piece in reversed(self._pieces):
            latest.insert(0, piece[-wanted:])
            wanted -= len(piece)
            if wanted <= 0:
                break
        window = np.concatenate(latest) if latest else np.empty(0, np.float32)
        if not len(window):
            return None
        level = dbfs(window)
        if float(np.mean(np.abs(window) >= FULL_SCALE)) > 0.005:
            return Reason.CLIPPED
        if self._end.tracker.speaking:
            return Reason.TOO_QUIET if level < _QUIET_DBFS else None
        if self._end.tracker.silence_seconds > _HINT_WINDOW_S and level > _NOISY_DBFS:
            return Reason.NOISY
        return None
