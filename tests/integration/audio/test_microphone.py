"""Real PortAudio recording from a virtual microphone; what is done stands in ``scenario.py``."""

from __future__ import annotations

import shutil
import signal
from typing import TYPE_CHECKING, Any

import pytest

from kiosk.demo.virtual_audio import VirtualMicrophone
from tests.support.child import ask
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.child import Answer

pytestmark = pytest.mark.skipif(
    shutil.which("pulseaudio") is None, reason="the virtual microphone needs PulseAudio"
)


@pytest.fixture
def perform(tmp_path: Path) -> Callable[[str], Answer]:
    """Return how to perform a scenario in a process of its own."""
    return lambda name: ask("tests.integration.audio.scenario", name, str(tmp_path))


@pytest.fixture
def outcome(perform: Callable[[str], Answer]) -> Callable[[str], dict[str, Any]]:
    return lambda name: perform(name).result


@pytest.mark.parametrize(
    ("name", "rate"), [("every_sample", 16_000), ("every_sample_at_48_khz", 48_000)]
)
def test_every_sample_arrives_as_it_was_played(
    perform: Callable[[str], Answer], name: str, rate: int
) -> None:
    answer = perform(name)
    assert answer.result == {"rate": rate, "overflows": 0, "complete": True}
    assert answer.stderr == "", "ALSA must not talk into the terminal"


def test_recording_has_no_gap_from_the_first_callback_on(
    outcome: Callable[[str], dict[str, Any]],
) -> None:
    result = outcome("from_the_first_callback")
    assert result["one_piece"]
    assert result["seconds"] > 1.0


@pytest.mark.parametrize(
    ("name", "own", "rest"), [("tone_at_48_khz", False, -80), ("tone_at_default_rate", True, -50)]
)
def test_a_tone_reaches_the_model_unchanged(
    outcome: Callable[[str], dict[str, Any]], name: str, own: bool, rest: float
) -> None:
    result = outcome(name)
    assert result["amplitude"] == pytest.approx(0.5, rel=0.01)
    assert result["rest"] < rest
    assert result["own_rate"] is own


def test_an_unplugged_microphone_is_noticed_missed_and_found_again(
    outcome: Callable[[str], dict[str, Any]],
) -> None:
    result = outcome("unplugged")
    assert result["delivering"] == [True, True]
    assert result["missing"] == "MicrophoneMissing"
    assert result["closed"]
    assert result["complete"], "what was said after the replugging is recorded"
    assert result["old_is_lost"] == 100, "what was recorded before it is not continued"


def test_a_sound_server_that_hangs_does_not_hang_the_kiosk(
    outcome: Callable[[str], dict[str, Any]],
) -> None:
    result = outcome("hung")
    # Until the server goes on, it would be for ever.
    assert result["closed"] < PATIENCE_S / 2
    assert result["refused"] == ["MicrophoneFailed", "MicrophoneFailed"]
    assert result["delivering"]


def test_a_sound_server_that_hangs_does_not_keep_the_process_from_ending(
    perform: Callable[[str], Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with VirtualMicrophone(tmp_path / "server-state") as source:
        server = source._server
        assert server is not None
        (tmp_path / "server").write_text(str(server.pid))
        for name, value in source.environment.items():
            monkeypatch.setenv(name, value)
        try:
            answer = perform("ending_while_it_hangs")
        finally:
            server.send_signal(signal.SIGCONT)
    assert answer.result == {"device": None}


def test_an_index_of_an_earlier_list_is_not_opened(
    outcome: Callable[[str], dict[str, Any]],
) -> None:
    # The same number, which might by now be another microphone's.
    assert outcome("refreshed_before_opening") == {
        "stale": "MicrophoneFailed",
        "same_index": True,
    }


def test_without_a_device_the_list_is_empty_until_it_is_refreshed(
    outcome: Callable[[str], dict[str, Any]],
) -> None:
    result = outcome("no_device")
    assert result["missing"] == ["MicrophoneMissing", "MicrophoneMissing"]
    assert result["counts"] == [0, 0, 1]
    assert result["default_first"]
    assert result["opened"]


def test_asking_for_the_list_does_not_disturb_a_recording(
    outcome: Callable[[str], dict[str, Any]],
) -> None:
    assert outcome("refreshing_while_open") == {"listed": 1, "lost": 0, "delivering": True}


def test_state_follows_opening_and_closing(outcome: Callable[[str], dict[str, Any]]) -> None:
    result = outcome("opening_and_closing")
    assert result["before"] == [0, 0, False]
    assert result["empty"] == 0
    assert result["growing"]
    assert result["after"] == [0, None, False]
    assert result["kept"] == 500


def test_overflows_are_counted_across_reopening(
    outcome: Callable[[str], dict[str, Any]],
) -> None:
    assert outcome("overflow_is_counted") == {"counts": [0, 0, 1, 1]}


def test_a_busy_interpreter_is_not_taken_for_a_lost_microphone(
    outcome: Callable[[str], dict[str, Any]],
) -> None:
    result = outcome("starved")
    assert result["held"] > 1.0
    assert result["delivering"]
    assert result["lost"] == 0


def test_missing_library_is_named(outcome: Callable[[str], dict[str, Any]]) -> None:
    assert outcome("portaudio_missing") == {
        "open": "AudioSystemMissing",
        "list": "AudioSystemMissing",
    }
