"""Segments and end-pointing from scripted speech probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.hearing.audio import AudioClip
from kiosk.core.hearing.speech import (
    LEAVE,
    PAD,
    Activity,
    EndPointer,
    SegmentTracker,
    Speech,
    Turn,
    find_speech,
)
from kiosk.core.policies import VERIFY_END_POINT, EndPointPolicy

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples

RATE = 16_000
FRAME = 512
SECOND = RATE / FRAME
PROBABILITIES = st.lists(st.floats(0, 1), max_size=300)


def frames(seconds: float) -> int:
    """Return how many whole frames fit in a time."""
    return round(seconds * SECOND)


def track(*stretches: tuple[float, float]) -> SegmentTracker:
    """Return a tracker that was fed stretches of (seconds, probability)."""
    tracker = SegmentTracker(FRAME, RATE)
    for seconds, probability in stretches:
        for _ in range(frames(seconds)):
            tracker.feed(probability)
    return tracker


class ScriptedDetector:
    """Takes the loudness of a frame for its speech probability."""

    rate = RATE
    frame = FRAME

    def __init__(self) -> None:
        self.resets = 0

    def reset(self) -> None:
        self.resets += 1

    def probabilities(self, samples: Samples) -> Samples:
        loudest: Samples = np.abs(samples.reshape(-1, FRAME)).max(axis=1)
        return loudest


# --- segments --------------------------------------------------------------------------------


def test_a_stretch_of_speech_is_a_padded_segment() -> None:
    activity = track((1.024, 0.0), (2.048, 0.9), (1.024, 0.0)).activity()
    pad = int(PAD * RATE)
    assert activity.segments == ((32 * FRAME - pad, 96 * FRAME + pad),)
    assert activity.net_seconds == pytest.approx(2.048 + 2 * PAD)
    assert activity.ratio == 1.0


def test_padding_stays_within_the_recording() -> None:
    tracker = track((0.512, 0.9))
    assert tracker.activity().segments == ((0, tracker.position),)


def test_near_segments_are_joined_by_their_padding() -> None:
    assert len(track((1, 0.9), (0.096, 0.0), (1, 0.9)).activity().segments) == 1
    assert len(track((1, 0.9), (0.32, 0.0), (1, 0.9)).activity().segments) == 2


def test_a_click_is_no_speech() -> None:
    tracker = track((1, 0.0), (0.064, 0.99), (1, 0.0))
    assert tracker.activity().segments == ()
    assert not tracker.speaking
    assert tracker.silence_seconds == pytest.approx(tracker.position / RATE)


def test_a_click_does_not_shorten_the_silence() -> None:
    tracker = track((1, 0.9), (1, 0.0), (0.064, 0.99), (0.5, 0.0))
    assert tracker.silence_seconds == pytest.approx(1.56, abs=0.05)


def test_a_weak_syllable_splits_nothing() -> None:
    weak = track((1, 0.9), (0.5, LEAVE), (1, 0.9)).activity()
    assert len(weak.segments) == 1
    assert track((1, LEAVE)).activity().segments == ()


def test_speaking_and_silence_while_it_goes_on() -> None:
    tracker = track((1, 0.0), (0.5, 0.9))
    assert tracker.speaking
    assert tracker.silence_seconds == 0.0
    for _ in range(frames(0.256)):
        tracker.feed(0.0)
    assert tracker.silence_seconds == pytest.approx(0.256)


@given(PROBABILITIES)
def test_segments_are_in_order_apart_and_within_the_recording(values: list[float]) -> None:
    tracker = SegmentTracker(FRAME, RATE)
    for value in values:
        tracker.feed(value)
    edges = [edge for segment in tracker.activity().segments for edge in segment]
    assert edges == sorted(set(edges))
    assert not edges or (edges[0] >= 0 and edges[-1] <= tracker.position == len(values) * FRAME)
    assert 0.0 <= tracker.activity().ratio <= 1.0


def test_recording_without_speech_has_no_span() -> None:
    empty = Activity((), RATE)
    assert (empty.net_seconds, empty.span, empty.ratio) == (0.0, (0, 0), 0.0)


def test_ratio_is_net_speech_over_its_span() -> None:
    assert Activity(((100, 200), (300, 400)), RATE).ratio == pytest.approx(2 / 3)


# --- whole recordings ------------------------------------------------------------------------


def test_speech_is_found_and_trimmed() -> None:
    samples = np.zeros(4 * RATE, np.float32)
    samples[RATE : 2 * RATE] = 0.9
    detector = ScriptedDetector()
    speech = find_speech(AudioClip(samples), detector)
    start, stop = speech.activity.span
    assert abs(start - (RATE - PAD * RATE)) <= FRAME
    assert abs(stop - (2 * RATE + PAD * RATE)) <= FRAME
    assert len(speech.trimmed) == stop - start
    assert speech.trimmed.samples.tolist() == samples[start:stop].tolist()
    assert detector.resets == 1


def test_speech_up_to_a_broken_last_frame_ends_with_the_recording() -> None:
    samples = np.full(2 * RATE + 100, 0.9, np.float32)
    speech = find_speech(AudioClip(samples), ScriptedDetector())
    assert speech.activity.span == (0, len(samples))
    assert len(speech.trimmed) == len(samples)


def test_an_empty_recording_has_no_speech() -> None:
    speech = find_speech(AudioClip(np.empty(0, np.float32)), ScriptedDetector())
    assert speech.activity.segments == ()
    assert len(speech.trimmed) == 0


def test_a_recording_of_another_rate_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="8000"):
        find_speech(AudioClip(np.zeros(100, np.float32), rate=8000), ScriptedDetector())


def test_key_identifies_the_encoded_samples() -> None:
    sound = np.random.default_rng(0).normal(size=5000).astype(np.float32)
    clip = AudioClip(sound[:1000])
    one = Speech(clip, Activity(((100, 200), (300, 400)), RATE), "a")
    grown = Speech(AudioClip(sound), Activity(((100, 400),), RATE), "a")
    assert one.key == grown.key
    assert Speech(clip, one.activity, "b").key != one.key
    assert Speech(clip, Activity(((100, 401),), RATE), "a").key != one.key


def test_other_samples_at_the_same_place_have_another_key() -> None:
    # An attempt that is armed twice counts its samples from 0 again.
    random = np.random.default_rng(0)
    activity = Activity(((100, 400),), RATE)
    first, second = (
        Speech(AudioClip(random.normal(size=1000).astype(np.float32)), activity, "a")
        for _ in range(2)
    )
    assert first.key != second.key


# --- end-pointing ----------------------------------------------------------------------------

POLICY = EndPointPolicy(wanted_net_s=2.0, enough_net_s=6.0)


def turns(
    *stretches: tuple[float, float], policy: EndPointPolicy = POLICY
) -> list[tuple[Turn, float]]:
    """Return what is noticed and when, in seconds, while stretches are fed."""
    pointer = EndPointer(policy, FRAME, RATE)
    found: list[tuple[Turn, float]] = []
    count = 0
    for seconds, probability in stretches:
        for _ in range(frames(seconds)):
            turn = pointer.feed(probability)
            count += 1
            if turn is not Turn.NOTHING:
                found.append((turn, count / SECOND))
    return found


def test_enough_was_said_and_then_silence() -> None:
    found = turns((0.5, 0.0), (2.5, 0.9), (3, 0.0))
    assert [turn for turn, _ in found] == [Turn.SPEECH_BEGAN, Turn.PAUSE, Turn.END_POINT]
    assert found[0][1] == pytest.approx(0.5, abs=0.1)
    assert found[1][1] == pytest.approx(3.0 + POLICY.pause_s, abs=0.1)
    assert found[2][1] == pytest.approx(3.0 + POLICY.end_silence_s, abs=0.1)


def test_who_said_less_is_given_more_time() -> None:
    found = turns((1.0, 0.9), (4, 0.0))
    assert found[-1][0] is Turn.END_POINT
    assert found[-1][1] == pytest.approx(1.0 + POLICY.short_silence_s, abs=0.1)


def test_speech_that_goes_on_after_a_pause() -> None:
    found = turns((1.5, 0.9), (0.4, 0.0), (1.5, 0.9), (1, 0.0))
    assert [turn for turn, _ in found] == [
        Turn.SPEECH_BEGAN,
        Turn.PAUSE,
        Turn.SPEECH_WENT_ON,
        Turn.PAUSE,
        Turn.END_POINT,
    ]


def test_speech_that_goes_on_after_a_breath_is_no_turn() -> None:
    assert [t for t, _ in turns((1, 0.9), (0.16, 0.0), (0.5, 0.9))] == [Turn.SPEECH_BEGAN]


def test_so_much_speech_ends_it_while_the_speaker_goes_on() -> None:
    found = turns((30, 0.9))
    assert [turn for turn, _ in found] == [Turn.SPEECH_BEGAN, Turn.PAUSE, Turn.END_POINT]
    assert found[1][1] == pytest.approx(POLICY.enough_net_s, abs=0.1)
    assert found[2][1] == pytest.approx(POLICY.enough_net_s + POLICY.pause_s, abs=0.1)


def test_what_counts_is_settled_when_enough_was_said() -> None:
    pointer = EndPointer(POLICY, FRAME, RATE)
    settled = None
    turn = Turn.NOTHING
    while turn is not Turn.END_POINT:
        turn = pointer.feed(0.9)
        if turn is Turn.PAUSE:
            settled = pointer.activity()
    assert settled == pointer.activity()
    assert pointer.tracker.activity().net_seconds > settled.net_seconds + POLICY.pause_s / 2


def test_the_longest_utterance() -> None:
    stammer = ((0.1, 0.9), (2.0, 0.0)) * 20
    patient = EndPointPolicy(wanted_net_s=5.0, enough_net_s=6.0)
    found = turns(*stammer, policy=patient)
    assert found[-1][0] is Turn.END_POINT
    assert found[-1][1] == pytest.approx(patient.longest_s + patient.pause_s, abs=0.1)


def test_silence_is_given_up() -> None:
    found = turns((20, 0.0))
    assert [turn for turn, _ in found] == [Turn.NO_SPEECH]
    assert found[0][1] == pytest.approx(POLICY.no_speech_s, abs=0.1)


def test_a_click_only_is_no_speech() -> None:
    found = turns((1, 0.0), (0.064, 0.99), (20, 0.0))
    assert found[-1][0] is Turn.NO_SPEECH


@given(PROBABILITIES, st.sampled_from([POLICY, VERIFY_END_POINT]))
def test_it_ends_once_and_nothing_follows(values: list[float], policy: EndPointPolicy) -> None:
    pointer = EndPointer(policy, FRAME, RATE)
    found = [pointer.feed(value) for value in values + [0.0] * frames(policy.longest_s)]
    ends = [i for i, turn in enumerate(found) if turn in (Turn.END_POINT, Turn.NO_SPEECH)]
    assert len(ends) == 1
    assert set(found[ends[0] + 1 :]) <= {Turn.NOTHING}
    assert (ends[0] + 1) * FRAME / RATE <= policy.longest_s + 0.05


@given(PROBABILITIES)
def test_what_was_encoded_at_the_last_pause_is_what_the_end_point_holds(
    values: list[float],
) -> None:
    pointer = EndPointer(POLICY, FRAME, RATE)
    ahead: tuple[int, int] | None = None
    for value in values + [0.0] * frames(POLICY.longest_s):
        turn = pointer.feed(value)
        if turn is Turn.PAUSE:
            ahead = pointer.tracker.activity().span
        elif turn is Turn.SPEECH_WENT_ON:
            ahead = None
        elif turn is Turn.END_POINT:
            net = pointer.tracker.activity().net_seconds
            if ahead is not None and net < POLICY.enough_net_s:
                assert pointer.tracker.activity().span == ahead
            return
