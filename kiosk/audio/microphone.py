"""A microphone through PortAudio."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kiosk.audio.live_mix import LiveMix
from kiosk.audio.portaudio import find
from kiosk.audio.ring import SampleRing
from kiosk.core.errors import MicrophoneFailed
from kiosk.core.ports import Block

if TYPE_CHECKING:
    from kiosk.audio.portaudio import InputDevice, PortAudio
    from kiosk.core.ports import Device

KEPT_SECONDS = 30.0
"""How far back a reader can go."""

SILENT_SECONDS = 1.0
"""A device that has delivered nothing for so long is taken for lost."""

_GRACE_SECONDS = 0.1

FIRST_BLOCK_SECONDS = 5.0
"""How long opening waits for the first block; Bluetooth headsets take two seconds."""


class _Recording:
    """What one open stream records; its two callbacks run in PortAudio's thread."""

    def __init__(self, ring: SampleRing, overflows: int) -> None:
        self.ring = ring
        self.mix = LiveMix()
        self.overflows = overflows
        self.ended = threading.Event()
        self.arrived = threading.Event()
        self.latest = time.monotonic()

    def receive(self, samples: Any, _frames: int, _time: Any, status: Any) -> None:
        """Keep one channel; nothing that could block."""
        # Before the block: who has read what followed a gap has been told of the gap.
        if status.input_overflow:
            self.overflows += 1
        self.ring.write(self.mix(samples))
        self.latest = time.monotonic()
        if not self.arrived.is_set():
            self.arrived.set()

    def finish(self) -> None:
        """Note that nothing more will come: closed, or the device is gone."""
        self.ended.set()
        self.arrived.set()

    @property
    def delivering(self) -> bool:
        """Return whether samples have not ceased to arrive."""
        if not self.ended.is_set() and time.monotonic() - self.latest > SILENT_SECONDS:
            # Somebody may have held the interpreter's lock for so long. Waiting releases it: if
            # the device is well, the callback runs now.
            self.arrived.clear()
            return self.arrived.wait(_GRACE_SECONDS) and not self.ended.is_set()
        return not self.ended.is_set()


class PortAudioMicrophone:
    """Implements :class:`kiosk.core.ports.Microphone`.

    Opened and closed by one thread; everything else is safe from any.
    """

    def __init__(self, portaudio: PortAudio, *, rate: int | None = None) -> None:
        """Begin closed.

        Args:
            portaudio: shared with the catalog.
            rate: in Hz, tried first; None for the device's own default rate.
        """
        self._portaudio = portaudio
        self._wanted_rate = rate
        self._stream: Any = None
        self._recording: _Recording | None = None
        self._device: Device | None = None
        self._rate = 0

    @property
    def rate(self) -> int:
        """Return the rate in Hz at which the open device records; 0 while none is open."""
        return self._rate

    @property
    def position(self) -> int:
        """Return the index after the newest sample; it only grows, across reopening too."""
        recording = self._recording
        return 0 if recording is None else recording.ring.position

    @property
    def device(self) -> Device | None:
        """Return the open device."""
        return self._device

    @property
    def overflows(self) -> int:
        """Return how often samples were lost since the program started; it only grows."""
        recording = self._recording
        return 0 if recording is None else recording.overflows

    @property
    def delivering(self) -> bool:
        """Return whether the device is open and its samples have not ceased to arrive."""
        recording = self._recording
        return self._device is not None and recording is not None and recording.delivering

    def read_since(self, cursor: int) -> Block:
        """Return everything from an index on that is still kept.

        Each opening begins a new recording, so that a reader cannot take what was said before a
        gap for one piece with what was said after it: it finds the former lost.

        Args:
            cursor: index of the first sample wanted.
        """
        recording = self._recording
        if recording is None:
            return Block(np.empty(0, np.float32), max(cursor, 0))
        mix = recording.mix
        return replace(recording.ring.read_since(cursor), offset=mix.offset, channel=mix.channel)

    def open(self, key: str | None) -> Device:
        """Open a device, in the place of one that is open, and wait for its first samples.

        The list of devices is refreshed before: a remembered one may name another device by now.

        Args:
            key: identity of the device; None for the system's default.

        Raises:
            AudioSystemMissing: PortAudio is not installed.
            MicrophoneMissing: there is no such device.
            MicrophoneFailed: it cannot be opened, or delivers nothing.
        """
        self.close()
        found = find(self._portaudio.devices(refresh=True), key)
        own_rate = found.device.rate
        if self._wanted_rate in {None, own_rate}:
            self._start(found, own_rate)
        else:
            try:
                self._start(found, self._wanted_rate or own_rate)
            except MicrophoneFailed:
                self._start(found, own_rate)
        return found.device

    def close(self) -> None:
        """Stop recording; does nothing when closed. What was recorded can still be read."""
        stream, self._stream = self._stream, None
        self._device = None
        self._rate = 0
        if stream is not None:
            self._portaudio.stop(stream)

    def _start(self, found: InputDevice, rate: int) -> None:
        """Begin a recording that continues the counts of the one before."""
        ring = SampleRing(round(KEPT_SECONDS * rate), self.position)
        recording = _Recording(ring, self.overflows)
        stream = self._portaudio.start(found, rate, recording.receive, recording.finish)
        arrived = recording.arrived.wait(FIRST_BLOCK_SECONDS)
        if not arrived or recording.ended.is_set():
            self._portaudio.stop(stream)
            raise MicrophoneFailed(f"The microphone '{found.device.key}' delivers no sound.")
        former = self._recording
        self._stream, self._recording = stream, recording
        if former is not None:
            former.ring.wipe()
        self._rate, self._device = rate, found.device
