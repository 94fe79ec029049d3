"""What the tests of PortAudio do, each in a process of its own: PortAudio looks for devices once.

``python -m tests.integration.audio.scenario NAME FOLDER`` prints a JSON object.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kiosk.audio.catalog import PortAudioCatalog
from kiosk.audio.microphone import PortAudioMicrophone, _Recording
from kiosk.audio.portaudio import PortAudio
from kiosk.audio.resampler import SoxrResampler
from kiosk.audio.ring import SampleRing
from kiosk.core.errors import KioskError
from kiosk.core.hearing.audio import MODEL_RATE
from kiosk.demo.soak import account, noise, run_soak
from kiosk.demo.virtual_audio import VirtualMicrophone
from tests.support.patience import PATIENCE_S
from tests.support.signals import sine, sine_fit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kiosk.core.hearing.audio import Samples

Result = dict[str, Any]


def until(condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    """Wait for a condition."""
    begun = time.monotonic()
    pause = threading.Event()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise TimeoutError("it did not happen")
        pause.wait(0.005)


def refusal(action: Callable[[], object]) -> str:
    """Return the class of the error that an action ends with."""
    try:
        action()
    except KioskError as error:
        return type(error).__name__
    return "nothing"


def recorded(microphone: PortAudioMicrophone, start: int, seconds: float) -> Samples:
    """Return what is recorded from an index on, once it is this long."""
    count = round(seconds * microphone.rate)
    until(lambda: microphone.position >= start + count, seconds + PATIENCE_S)
    block = microphone.read_since(start)
    assert block.lost == 0
    return block.samples[:count]


@contextmanager
def virtual(folder: Path, rate: int = 16_000) -> Iterator[VirtualMicrophone]:
    """Run a virtual microphone and have this process record from it."""
    with VirtualMicrophone(folder, rate) as microphone:
        os.environ.update(microphone.environment)
        yield microphone


def every_sample(folder: Path, rate: int = 16_000) -> Result:
    """Play noise after opening: nothing may be missing, the first samples neither."""
    with virtual(folder, rate) as source:
        microphone = PortAudioMicrophone(PortAudio(), rate=rate)
        microphone.open(None)
        sent = noise(2 * rate)
        source.play(sent)
        recording = recorded(microphone, 0, 2.5)
        result = {
            "rate": microphone.rate,
            "overflows": microphone.overflows,
            "complete": account(sent, recording) == account(sent, sent),
        }
        microphone.close()
    return result


def every_sample_at_48_khz(folder: Path) -> Result:
    """Do the same at the rate of most hardware."""
    return every_sample(folder, 48_000)


def from_the_first_callback(folder: Path) -> Result:
    """Open while noise is playing: what is delivered is one piece of it."""
    with virtual(folder) as source:
        sent = noise(5 * source.rate)
        source.play(sent, wait=False)
        microphone = PortAudioMicrophone(PortAudio(), rate=source.rate)
        microphone.open(None)
        recording = np.round(recorded(microphone, 0, 2.0) * 32768).astype(np.int16)
        microphone.close()
    played = np.round(sent * 32768).astype(np.int16)
    heard = np.trim_zeros(recording, "f")  # the player may begin later than the recording
    begin = played.tobytes().find(heard[:64].tobytes()) // 2
    return {
        "seconds": len(heard) / source.rate,
        "one_piece": bool(np.array_equal(heard, played[begin : begin + len(heard)])),
    }


def tone(folder: Path, sink_rate: int, rate: int | None) -> Result:
    """Record a tone and bring it to the model's rate, block by block as the listener does."""
    with virtual(folder, sink_rate) as source:
        microphone = PortAudioMicrophone(PortAudio(), rate=rate)
        device = microphone.open(None)
        source.play(sine(sink_rate, 3.0), wait=False)
        stream = SoxrResampler(microphone.rate)
        pieces, cursor = [], 0
        while cursor < 3 * microphone.rate:
            until(lambda after=cursor: microphone.position > after)  # type: ignore[misc]
            block = microphone.read_since(cursor)
            cursor = block.cursor
            pieces.append(stream.process(block.samples))
        own = microphone.rate == device.rate
        microphone.close()
    heard = np.concatenate(pieces)
    middle = int(np.flatnonzero(np.abs(heard) > 0.1)[0]) + MODEL_RATE // 2
    amplitude, rest = sine_fit(heard[middle : middle + MODEL_RATE], MODEL_RATE, 440.0)
    return {"amplitude": amplitude, "rest": rest, "own_rate": own}


def tone_at_48_khz(folder: Path) -> Result:
    """Record as from most hardware."""
    return tone(folder, 48_000, 48_000)


def tone_at_default_rate(folder: Path) -> Result:
    """Record at whatever rate the device claims for its own."""
    return tone(folder, 48_000, None)


def unplugged(folder: Path) -> Result:
    """Lose the microphone while recording, miss it, and find it again by its name."""
    with virtual(folder) as source:
        microphone = PortAudioMicrophone(PortAudio(), rate=source.rate)
        key = microphone.open(None).key
        recorded(microphone, 0, 0.2)
        delivering = microphone.delivering
        source.unplug()
        until(lambda: not microphone.delivering)
        missing = refusal(lambda: microphone.open(key))
        closed = microphone.device is None and not microphone.delivering
        source.plug()
        before = microphone.position
        microphone.open(key)
        sent = noise(source.rate)
        source.play(sent)
        recording = recorded(microphone, before, 1.5)
        result = {
            "delivering": [delivering, microphone.delivering],
            "missing": missing,
            "closed": closed,
            "complete": account(sent, recording).lost == 0,
            "old_is_lost": microphone.read_since(before - 100).lost,
        }
        microphone.close()
    return result


def hung(folder: Path) -> Result:
    """Let the sound server hang during a recording, and then go on."""
    with virtual(folder) as source:
        server = source._server
        assert server is not None
        portaudio = PortAudio()
        microphone = PortAudioMicrophone(portaudio, rate=source.rate)
        microphone.open(None)
        recorded(microphone, 0, 0.2)
        server.send_signal(signal.SIGSTOP)
        try:
            until(lambda: not microphone.delivering)
            begun = time.monotonic()
            microphone.close()
            closed = time.monotonic() - begun
            refused = [refusal(lambda: microphone.open(None)), refusal(portaudio.devices)]
        finally:
            server.send_signal(signal.SIGCONT)
        until(lambda: refusal(lambda: microphone.open(None)) == "nothing")
        delivering = microphone.delivering
        microphone.close()
    return {"closed": closed, "refused": refused, "delivering": delivering}


def ending_while_it_hangs(folder: Path) -> Result:
    """Have the sound server of the caller hang, give the microphone up, and end."""
    microphone = PortAudioMicrophone(PortAudio(), rate=MODEL_RATE)
    microphone.open(None)
    os.kill(int((folder / "server").read_text()), signal.SIGSTOP)
    until(lambda: not microphone.delivering)
    microphone.close()
    return {"device": microphone.device}


def refreshed_before_opening(folder: Path) -> Result:
    """Look at the devices again between finding one and starting it."""
    with virtual(folder) as source:
        portaudio = PortAudio()
        (found,) = portaudio.devices()
        portaudio.devices(refresh=True)
        (fresh,) = portaudio.devices()
        recording = _Recording(SampleRing(source.rate), 0)
        start = (source.rate, recording.receive, recording.finish)
        stale = refusal(lambda: portaudio.start(found, *start))
        portaudio.stop(portaudio.start(fresh, *start))
    return {"stale": stale, "same_index": found.index == fresh.index}


def no_device(folder: Path) -> Result:
    """Start without any microphone; later there is one."""
    with virtual(folder) as source:
        source.unplug()
        portaudio = PortAudio()
        microphone, catalog = PortAudioMicrophone(portaudio), PortAudioCatalog(portaudio)
        missing = refusal(lambda: microphone.open(None))
        none = len(catalog.devices())
        source.plug()
        unseen = len(catalog.devices())
        found = catalog.devices(refresh=True)
        missing_other = refusal(lambda: microphone.open("ALSA: no such microphone"))
        opened = microphone.open(found[0].key)
        microphone.close()
    return {
        "missing": [missing, missing_other],
        "counts": [none, unseen, len(found)],
        "default_first": found[0].default,
        "opened": opened.key == found[0].key,
    }


def refreshing_while_open(folder: Path) -> Result:
    """Ask for a fresh list of devices during a recording, which has to go on."""
    with virtual(folder) as source:
        portaudio = PortAudio()
        microphone = PortAudioMicrophone(portaudio, rate=source.rate)
        catalog = PortAudioCatalog(portaudio)
        microphone.open(None)
        sent = noise(source.rate)
        source.play(sent, wait=False)
        listed = [len(catalog.devices(refresh=True)) for _ in range(20)]
        recording = recorded(microphone, 0, 2.0)
        result = {
            "listed": min(listed),
            "lost": account(sent, recording).lost,
            "delivering": microphone.delivering,
        }
        microphone.close()
    return result


def opening_and_closing(folder: Path) -> Result:
    """Look at what the microphone says of itself through three openings."""
    with virtual(folder) as source:
        microphone = PortAudioMicrophone(PortAudio(), rate=source.rate)
        before = [microphone.rate, microphone.position, microphone.delivering]
        empty = len(microphone.read_since(7).samples)
        positions = []
        for _ in range(3):
            microphone.open(None)  # also in the place of the one that is open
            recorded(microphone, microphone.position, 0.1)
            positions.append(microphone.position)
        microphone.close()
        after = [microphone.rate, microphone.device, microphone.delivering]
        still = microphone.position
        microphone.close()
        kept = len(microphone.read_since(still - 500).samples)
    return {
        "before": before,
        "empty": empty,
        "growing": positions == sorted(set(positions)) and still >= positions[-1],
        "after": after,
        "kept": kept,
    }


def overflow_is_counted(folder: Path) -> Result:
    """Hand a block with PortAudio's overflow flag to the callback that an open stream has."""
    with virtual(folder) as source:
        microphone = PortAudioMicrophone(PortAudio(), rate=source.rate)
        microphone.open(None)
        recording = microphone._recording
        assert recording is not None
        before = microphone.overflows
        microphone.close()
        import sounddevice

        flags = sounddevice.CallbackFlags()
        recording.receive(np.zeros((320, 1), np.float32), 320, None, flags)
        fine = microphone.overflows
        flags.input_overflow = True
        recording.receive(np.zeros((320, 1), np.float32), 320, None, flags)
        counted = microphone.overflows
        microphone.open(None)  # the count goes on
        later = microphone.overflows
        microphone.close()
    return {"counts": [before, fine, counted, later]}


def starved(folder: Path) -> Result:
    """Hold the interpreter's lock longer than the device may be silent: nothing has happened."""
    import collections
    import itertools

    with virtual(folder) as source:
        microphone = PortAudioMicrophone(PortAudio(), rate=source.rate)
        microphone.open(None)
        sent = noise(4 * source.rate)
        source.play(sent, wait=False)
        recorded(microphone, 0, 0.5)
        begun, held = time.monotonic(), 0.0
        size = 20_000_000
        while held < 1.3:  # one call into C that never lets go of the lock
            begun = time.monotonic()
            collections.deque(itertools.repeat(None, size), maxlen=0)
            held = time.monotonic() - begun
            size = int(size * 1.5 / max(held, 0.01)) if held < 1.3 else size
        delivering = microphone.delivering
        recording = recorded(microphone, 0, 5.0)
        lost = account(sent, recording).lost
        microphone.close()
    return {"held": held, "delivering": delivering, "lost": lost}


def short_soak(folder: Path, rate: int = 16_000) -> Result:
    """Account for every sample of a second's recording."""
    shares: list[float] = []
    report = run_soak(folder, 0.02, rate=rate, progress=shares.append)
    return {"complete": report.complete, "played": report.account.played, "shares": shares}


def short_soak_at_48_khz(folder: Path) -> Result:
    """Do the same at another rate."""
    return short_soak(folder, 48_000)


def portaudio_missing(_folder: Path) -> Result:
    """Use a machine on which no library of that name is found."""
    import ctypes.util

    ctypes.util.find_library = lambda name: None
    portaudio = PortAudio()
    return {
        "open": refusal(lambda: PortAudioMicrophone(portaudio).open(None)),
        "list": refusal(lambda: PortAudioCatalog(portaudio).devices()),
    }


SCENARIOS: dict[str, Callable[[Path], Result]] = {
    scenario.__name__: scenario
    for scenario in (
        every_sample,
        every_sample_at_48_khz,
        from_the_first_callback,
        tone_at_48_khz,
        tone_at_default_rate,
        unplugged,
        hung,
        ending_while_it_hangs,
        refreshed_before_opening,
        no_device,
        refreshing_while_open,
        opening_and_closing,
        overflow_is_counted,
        starved,
        portaudio_missing,
        short_soak,
        short_soak_at_48_khz,
    )
}


if __name__ == "__main__":
    print(json.dumps(SCENARIOS[sys.argv[1]](Path(sys.argv[2]))))
