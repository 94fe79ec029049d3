from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.demo.soak import Account, account, noise

SIGNAL = noise(20_000)
SILENCE = np.zeros(500, np.float32)


def test_complete_recording() -> None:
    recording = np.concatenate([SILENCE, SIGNAL, SILENCE])
    assert account(SIGNAL, recording) == Account(20_000)


def test_silence_is_a_loss_of_everything() -> None:
    assert account(SIGNAL, SILENCE).lost == 20_000


@given(at=st.integers(100, 19_000), count=st.integers(1, 900))
def test_lost_samples_are_counted(at: int, count: int) -> None:
    recording = np.concatenate([SIGNAL[:at], SIGNAL[at + count :]])
    assert account(SIGNAL, recording) == Account(20_000, lost=count, breaks=1)


@given(at=st.integers(1000, 19_000), count=st.integers(1, 900))
def test_repeated_samples_are_counted(at: int, count: int) -> None:
    recording = np.concatenate([SIGNAL[:at], SIGNAL[at - count :]])
    assert account(SIGNAL, recording) == Account(20_000, repeated=count, breaks=1)


@given(at=st.integers(100, 19_000), count=st.integers(1, 900), silent=st.booleans())
def test_inserted_samples_are_counted(at: int, count: int, silent: bool) -> None:
    foreign = np.zeros(count, np.float32) if silent else noise(count, seed=2)
    recording = np.concatenate([SIGNAL[:at], foreign, SIGNAL[at:]])
    assert account(SIGNAL, recording) == Account(20_000, foreign=count, breaks=1)


@pytest.mark.parametrize("count", [1, 64, 700])
def test_lost_beginning_and_end_are_counted(count: int) -> None:
    assert account(SIGNAL, SIGNAL[count:]) == Account(20_000, lost=count, breaks=1)
    assert account(SIGNAL, SIGNAL[:-count]) == Account(20_000, lost=count)


def test_samples_changed_on_the_way_are_noticed() -> None:
    recording = SIGNAL.copy()
    recording[5000:5010] *= -1
    assert account(SIGNAL, recording) == Account(20_000, lost=10, foreign=10, breaks=1)


def test_several_faults_add_up() -> None:
    recording = np.concatenate([SIGNAL[:5000], SIGNAL[5300:9000], SILENCE, SIGNAL[8900:]])
    found = account(SIGNAL, recording)
    assert found == Account(20_000, lost=300, repeated=100, foreign=500, breaks=2)


def test_accounts_of_rounds_add_up() -> None:
    assert Account(10, 1, 2, 3, 4) + Account(20, 1) == Account(30, 2, 2, 3, 4)
