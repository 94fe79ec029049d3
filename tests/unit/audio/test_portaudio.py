from __future__ import annotations

import pytest

from kiosk.audio.portaudio import InputDevice, find
from kiosk.core.errors import MicrophoneMissing
from kiosk.core.ports import Device


def device(name: str, index: int, host: str = "ALSA") -> InputDevice:
    return InputDevice(Device(host, name, channels=1, rate=48_000), index)


BUILT_IN = device("HDA Intel: ALC295 (hw:0,0)", 4)
HEADSET = device("Headset: USB Audio (hw:1,0)", 7)
FOUND = [BUILT_IN, HEADSET]


def test_default_is_the_first() -> None:
    assert find(FOUND, None) is BUILT_IN


def test_device_is_found_by_host_and_name() -> None:
    assert find(FOUND, "ALSA: Headset: USB Audio (hw:1,0)") is HEADSET


def test_device_is_found_when_it_has_become_another_card() -> None:
    assert find(FOUND, "ALSA: Headset: USB Audio (hw:3,0)") is HEADSET


def test_of_two_alike_the_one_at_the_same_place_is_taken() -> None:
    second = device("Headset: USB Audio (hw:2,0)", 8)
    assert find([HEADSET, second], "ALSA: Headset: USB Audio (hw:2,0)") is second


def test_two_alike_elsewhere_are_not_guessed_between() -> None:
    second = device("Headset: USB Audio (hw:2,0)", 8)
    with pytest.raises(MicrophoneMissing, match="not connected"):
        find([HEADSET, second], "ALSA: Headset: USB Audio (hw:5,0)")


def test_same_name_at_another_host_is_another_device() -> None:
    with pytest.raises(MicrophoneMissing, match="not connected"):
        find(FOUND, "JACK: Headset: USB Audio (hw:1,0)")


@pytest.mark.parametrize("key", [None, "ALSA: Headset: USB Audio (hw:1,0)"])
def test_no_microphone_at_all(key: str | None) -> None:
    with pytest.raises(MicrophoneMissing, match="No microphone"):
        find([], key)
