"""PortAudio as the kiosk uses it: devices by name, one stream at a time, our own errors.

PortAudio looks at the hardware only when it is initialized, and must not be initialized anew while
a stream is open. The microphone and the device list therefore share one :class:`PortAudio`, which
knows whether a stream is open.
"""

from __future__ import annotations

import atexit
import logging
import re
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kiosk.audio.live_mix import MAX_CHANNELS
from kiosk.core.errors import AudioSystemMissing, MicrophoneFailed, MicrophoneMissing
from kiosk.core.ports import Device

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_log = logging.getLogger(__name__)

BLOCK_SECONDS = 0.02
"""Length of the blocks that the callback gets."""

LATENCY_SECONDS = 0.1
"""How much the device is asked to buffer. The callback needs Python's interpreter lock, which a
computation may hold for tens of milliseconds; PortAudio's own "low" is 9 ms on ALSA, where the
samples that do not fit are lost. Nobody notices 0.1 s before an end-point that waits longer."""

ANSWER_SECONDS = 2.0
"""How long the sound system may take to close a stream: a sound server that hangs must not hang
the kiosk, which goes on as soon as the server does."""

_ALSA_ADDRESS = re.compile(r" \(hw:\d+,\d+\)$")


@dataclass(frozen=True)
class InputDevice:
    """A device and where PortAudio has it until the list is refreshed.

    Attributes:
        device: what it is.
        index: its number, valid for the present list only.
        listing: the list that it is from, counted from 0.
    """

    device: Device
    index: int
    listing: int = 0


def find(found: Sequence[InputDevice], key: str | None) -> InputDevice:
    """Return the device with this key, or the default one for None.

    ALSA writes the number of the card into the name, and a microphone that is plugged in again
    may become another card. So a device whose name differs in that number only is taken too,
    provided that there is just one.

    Args:
        found: all input devices, the default first.
        key: :attr:`kiosk.core.ports.Device.key`, or None.

    Raises:
        MicrophoneMissing: there is none, or not this one.
    """
    if not found:
        raise MicrophoneMissing("No microphone was found.")
    if key is None:
        return found[0]
    for candidate in found:
        if candidate.device.key == key:
            return candidate
    bare = _ALSA_ADDRESS.sub("", key)
    alike = [one for one in found if _ALSA_ADDRESS.sub("", one.device.key) == bare]
    if len(alike) == 1:
        return alike[0]
    raise MicrophoneMissing(f"The microphone '{key}' is not connected.")


class PortAudio:
    """The library, loaded at the first use; safe from any thread."""

    def __init__(self) -> None:
        """Load nothing yet."""
        self._lock = threading.RLock()
        self._library: Any = None
        self._open: set[int] = set()
        self._listing = 0

    def devices(self, *, refresh: bool = False) -> list[InputDevice]:
        """Return the input devices, the default first.

        Args:
            refresh: look at the hardware again; ignored while a stream is open.

        Raises:
            AudioSystemMissing: PortAudio is not installed or does not start.
            MicrophoneFailed: the sound system hangs.
        """
        with self._exclusive():
            fresh = self._library is None
            library = self._load()
            try:
                if refresh and not fresh and not self._open:
                    self._look_again(library)
                return _input_devices(library, self._listing)
            except library.PortAudioError as exc:
                raise AudioSystemMissing("PortAudio does not list its devices.") from exc

    def start(
        self,
        found: InputDevice,
        rate: int,
        callback: Callable[[Any, int, Any, Any], None],
        finished: Callable[[], None],
    ) -> Any:
        """Open a device for float32 input and start it.

        Args:
            found: from the latest :meth:`devices`.
            rate: in Hz.
            callback: gets ``(samples, frames, time, status)`` in PortAudio's thread; the samples
                have the shape ``(frames, channels)`` and live as long as the call.
            finished: called in that thread when the stream has ended, whatever the reason.

        Returns:
            The stream, for :meth:`stop`.

        Raises:
            MicrophoneFailed: it cannot be opened so, the list was refreshed since, or the sound
                system hangs.
        """
        with self._exclusive():
            library = self._load()
            if found.listing != self._listing:
                # Another thread has looked again: the index may name another device by now.
                raise MicrophoneFailed("The microphones were looked up anew.", hint="Try again.")
            stream: Any = None
            try:
                stream = self._stream(library, found, rate, callback, finished)
                stream.start()
            except (library.PortAudioError, ValueError) as exc:
                if stream is not None:
                    self._close(stream)
                raise MicrophoneFailed(
                    f"The microphone '{found.device.key}' cannot be opened at {rate} Hz."
                ) from exc
            self._open.add(id(stream))
            return stream

    def stop(self, stream: Any) -> None:
        """Stop and close a stream; its callback does not run any more afterwards.

        When the sound system hangs, it is left to close when it goes on again; until then
        everything else is refused.
        """
        closing = threading.Thread(
            target=self._close, args=(stream,), name="portaudio-close", daemon=True
        )
        closing.start()
        closing.join(ANSWER_SECONDS)
        if closing.is_alive():
            _log.warning("the sound system does not answer; a stream is still being closed")

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=ANSWER_SECONDS):
            raise MicrophoneFailed(
                "The sound system does not answer.", hint="Restart the sound server."
            )
        try:
            yield
        finally:
            self._lock.release()

    def _close(self, stream: Any) -> None:
        with self._lock:
            library = self._load()
            try:
                # Drops what is buffered: draining could wait for a device that is gone.
                stream.abort()
            except library.PortAudioError as exc:
                _log.debug("a lost stream could not be aborted: %s", exc)
            try:
                stream.close()
            except library.PortAudioError as exc:
                _log.debug("a lost stream could not be closed: %s", exc)
            self._open.discard(id(stream))

    def _load(self) -> Any:
        if self._library is None:
            try:
                # While it initializes PortAudio, sounddevice sends stderr to /dev/null:
                # ALSA complains there about every plug-in that is configured but absent.
                import sounddevice
            except OSError as exc:
                raise AudioSystemMissing("PortAudio is not installed.") from exc
            except Exception as exc:  # its error class is in the module that was not imported
                raise AudioSystemMissing("PortAudio does not start.") from exc
            self._library = sounddevice
            self._own_the_end(sounddevice)
        return self._library

    def _own_the_end(self, library: Any) -> None:
        """Keep a sound system that hangs from keeping the process from ending.

        When the interpreter ends, sounddevice terminates PortAudio, which waits for streams that
        are still open. The system takes back what a process had in any case.
        """
        atexit.unregister(library._exit_handler)  # noqa: SLF001 - there is no public way

        def end() -> None:
            # Whoever waits for the sound system holds the lock.
            if self._lock.acquire(timeout=ANSWER_SECONDS):
                library._exit_handler()  # noqa: SLF001

        atexit.register(end)

    def _look_again(self, library: Any) -> None:
        # There is no public way to have PortAudio see what was plugged in since its start:
        # Pa_Initialize() looks once, and sounddevice calls it through these two only.
        self._listing += 1
        if library._initialized:  # noqa: SLF001
            library._terminate()  # noqa: SLF001
        library._initialize()  # noqa: SLF001

    @staticmethod
    def _stream(
        library: Any,
        found: InputDevice,
        rate: int,
        callback: Callable[[Any, int, Any, Any], None],
        finished: Callable[[], None],
    ) -> Any:
        def opened(channels: int) -> Any:
            return library.InputStream(
                device=found.index,
                samplerate=rate,
                blocksize=round(rate * BLOCK_SECONDS),
                channels=channels,
                dtype="float32",
                latency=LATENCY_SECONDS,
                callback=callback,
                finished_callback=finished,
            )

        own = found.device.channels
        # Both of a stereo microphone, for one may be dead or wired the wrong way round, which the
        # system's own mix would hide; some drivers open one only as what it is.
        *first, last = dict.fromkeys((min(own, MAX_CHANNELS), 1, own))
        for channels in first:
            with suppress(library.PortAudioError):
                return opened(channels)
        return opened(last)


def _input_devices(library: Any, listing: int) -> list[InputDevice]:
    """Return the inputs of the present list, the default first."""
    hosts = library.query_hostapis()
    default = int(library.default.device[0])
    if default < 0:  # some machines have devices but none that is the default
        default = next(
            (host["default_input_device"] for host in hosts if host["default_input_device"] >= 0),
            -1,
        )
    found = [
        InputDevice(
            Device(
                host=str(hosts[info["hostapi"]]["name"]),
                name=str(info["name"]),
                channels=int(info["max_input_channels"]),
                rate=round(info["default_samplerate"]),
                default=index == default,
            ),
            index,
            listing,
        )
        for index, info in enumerate(library.query_devices())
        if info["max_input_channels"] > 0
    ]
    return sorted(found, key=lambda one: not one.device.default)
