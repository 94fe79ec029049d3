"""Where in a recording somebody speaks: segments from frame probabilities, and end-pointing.

Both work on the output of a frame-wise speech detector and know nothing of how it is made.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kiosk.core.hearing.audio import AudioClip, Samples
    from kiosk.core.policies import EndPointPolicy

ENTER = 0.5
"""A segment begins with a frame of at least this probability (the detector's own default)."""
LEAVE = 0.35
"""It ends with the first frame below this: hysteresis, so that a weak syllable splits nothing."""
PAD = 0.06
"""Seconds kept on each side of a segment: onsets and releases are weaker than ENTER."""
_MIN_SPEECH = 0.09
"""Shorter bursts, in seconds, are clicks and not speech."""


class SpeechDetector(Protocol):
    """Tells speech from other sound, frame by frame; one instance serves one thread."""

    @property
    def rate(self) -> int:
        """Return the sampling rate in Hz that it expects."""

    @property
    def frame(self) -> int:
        """Return the samples per frame."""

    def reset(self) -> None:
        """Forget what was heard."""

    def probabilities(self, samples: Samples) -> Samples:
        """Return the probabilities, in [0, 1], that the next frames hold speech; whole frames."""


@dataclass(frozen=True)
class Activity:
    """Speech segments in one recording.

    Attributes:
        segments: ``(start, stop)`` sample indices, ascending, without overlap.
        rate: sampling rate in Hz.
    """

    segments: tuple[tuple[int, int], ...]
    rate: int

    @property
    def net_seconds(self) -> float:
        """Return net speech: the length of all segments together, in seconds."""
        return sum(stop - start for start, stop in self.segments) / self.rate

    @property
    def span(self) -> tuple[int, int]:
        """Return first speech sample and the one after the last; ``(0, 0)`` without speech."""
        return (self.segments[0][0], self.segments[-1][1]) if self.segments else (0, 0)

    @property
    def ratio(self) -> float:
        """Return net speech over the span from first to last speech, in [0, 1]."""
        start, stop = self.span
        return self.net_seconds * self.rate / (stop - start) if stop > start else 0.0


@dataclass(frozen=True)
class Speech:
    """A recording, where in it speech is, and the attempt that it belongs to."""

    clip: AudioClip
    activity: Activity
    attempt_id: str = ""

    @property
    def trimmed(self) -> AudioClip:
        """Return the clip from first to last speech sample: what is encoded."""
        return self.clip.cut(*self.activity.span)

    @property
    def key(self) -> tuple[str, bytes]:
        """Identify the encoded samples: equal keys mean equal samples of one attempt.

        By what they are and not by where they lie: an attempt that is armed a second time begins
        to count anew.
        """
        samples = np.ascontiguousarray(self.trimmed.samples)
        return self.attempt_id, hashlib.blake2b(samples.data, digest_size=16).digest()

    def wipe(self) -> None:
        """Overwrite the recording; see :meth:`kiosk.core.hearing.audio.AudioClip.wipe`."""
        self.clip.wipe()


@contextmanager
def lent(*recordings: Speech) -> Iterator[None]:
    """Overwrite recordings when the block is left, however that happens."""
    try:
        yield
    finally:
        for speech in recordings:
            speech.wipe()


class SegmentTracker:
    """Turns frame probabilities into segments while they arrive."""

    def __init__(self, frame: int, rate: int) -> None:
        """Begin at sample 0.

        Args:
            frame: samples per probability.
            rate: sampling rate in Hz.
        """
        self._frame = frame
        self._rate = rate
        self._closed: list[tuple[int, int]] = []
        self._open: int | None = None
        self._position = 0
        self._last_speech = 0

    @property
    def speaking(self) -> bool:
        """Return whether the last frame belongs to speech."""
        return self._open is not None

    @property
    def position(self) -> int:
        """Return how many samples have been seen."""
        return self._position

    @property
    def silence_seconds(self) -> float:
        """Return the time since the last speech frame; 0 while speaking."""
        return 0.0 if self.speaking else (self._position - self._last_speech) / self._rate

    def feed(self, probability: float) -> None:
        """Take the speech probability, in [0, 1], of the next frame."""
        start = self._position
        self._position += self._frame
        if self._open is None:
            if probability >= ENTER:
                self._open = start
        elif probability < LEAVE:
            self._close(start)
        if self._open is not None:
            self._last_speech = self._position

    def _close(self, stop: int) -> None:
        if self._open is not None and stop - self._open >= _MIN_SPEECH * self._rate:
            self._closed.append((self._open, stop))
        self._open = None
        self._last_speech = self._closed[-1][1] if self._closed else 0

    def activity(self) -> Activity:
        """Return the padded segments so far, an unfinished one included."""
        found = list(self._closed)
        if self._open is not None:
            found.append((self._open, self._position))
        pad = int(PAD * self._rate)
        merged: list[tuple[int, int]] = []
        for start, stop in found:
            low, high = max(0, start - pad), min(self._position, stop + pad)
            if merged and low <= merged[-1][1]:
                merged[-1] = (merged[-1][0], high)
            else:
                merged.append((low, high))
        return Activity(tuple(merged), self._rate)


def find_speech(clip: AudioClip, detector: SpeechDetector) -> Speech:
    """Find the speech in a whole recording.

    Args:
        clip: at the detector's rate.
        detector: is reset first; not shared with another thread meanwhile.

    Raises:
        ValueError: the clip has another rate than the detector.
    """
    if clip.rate != detector.rate:
        raise ValueError(f"the detector works at {detector.rate} Hz, the clip has {clip.rate} Hz")
    detector.reset()
    size = detector.frame
    tracker = SegmentTracker(size, clip.rate)
    whole = len(clip) // size * size
    rest = np.pad(clip.samples[whole:], (0, -len(clip) % size))
    for heard in (clip.samples[:whole], rest):
        for probability in detector.probabilities(heard):
            tracker.feed(float(probability))
    rest.fill(0.0)
    found = tracker.activity()
    inside = tuple((a, min(b, len(clip))) for a, b in found.segments if a < len(clip))
    return Speech(clip, Activity(inside, clip.rate))


class Turn(Enum):
    """What the end-pointer has just noticed."""

    NOTHING = "nothing"
    SPEECH_BEGAN = "speech_began"
    PAUSE = "pause"
    """Silence long enough to encode ahead what was said, in case nothing more follows."""
    SPEECH_WENT_ON = "speech_went_on"
    END_POINT = "end_point"
    NO_SPEECH = "no_speech"


class EndPointer:
    """Decides when an utterance is over.

    Enough was said and then silence; or more silence when less was said; or the longest
    permitted utterance. It is fed once per frame and holds no clock: time is counted in samples.
    """

    def __init__(self, policy: EndPointPolicy, frame: int, rate: int) -> None:
        """Begin to listen at sample 0."""
        self._policy = policy
        self._rate = rate
        self.tracker = SegmentTracker(frame, rate)
        self._began = False
        self._paused = False
        self._done = False
        self._enough: Activity | None = None
        self._enough_at = 0

    def feed(self, probability: float) -> Turn:
        """Take the next frame's speech probability; after the end-point nothing more happens."""
        if self._done:
            return Turn.NOTHING
        was_speaking = self.tracker.speaking
        self.tracker.feed(probability)
        turn = self._look(was_speaking=was_speaking)
        self._done = turn in (Turn.END_POINT, Turn.NO_SPEECH)
        return turn

    @property
    def counted(self) -> int:
        """Return how many samples count: those up to the moment at which enough was heard.

        What follows is still being spoken but no part of :meth:`activity`, so it must not be
        measured as if it were the noise between the words.
        """
        return self.tracker.position if self._enough is None else self._enough_at

    def activity(self) -> Activity:
        """Return the speech that counts: what came after enough was heard does not."""
        return self.tracker.activity() if self._enough is None else self._enough

    def _look(self, *, was_speaking: bool) -> Turn:
        policy, tracker = self._policy, self.tracker
        if self._enough is not None:
            over = tracker.position - self._enough_at >= policy.pause_s * self._rate
            return Turn.END_POINT if over else Turn.NOTHING
        activity = tracker.activity()
        elapsed = tracker.position / self._rate
        if not activity.segments:
            return Turn.NO_SPEECH if elapsed >= policy.no_speech_s else Turn.NOTHING
        net = activity.net_seconds
        if net >= policy.enough_net_s or elapsed >= policy.longest_s:
            # The speaker goes on, so no pause will give time to encode ahead: what counts is
            # settled now, and the end-point follows when it has been encoded.
            self._enough, self._enough_at = activity, tracker.position
            return Turn.PAUSE
        if tracker.speaking:
            if not self._began:
                self._began = True
                return Turn.SPEECH_BEGAN
            if not was_speaking and self._paused:
                self._paused = False
                return Turn.SPEECH_WENT_ON
            return Turn.NOTHING
        wait = policy.end_silence_s if net >= policy.wanted_net_s else policy.short_silence_s
        if tracker.silence_seconds >= wait:
            return Turn.END_POINT
        if not self._paused and tracker.silence_seconds >= policy.pause_s:
            self._paused = True
            return Turn.PAUSE
        return Turn.NOTHING
