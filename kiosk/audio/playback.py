"""Plays sound through the default loudspeaker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.errors import AudioSystemMissing, MicrophoneFailed
from kiosk.core.hearing.audio import MODEL_RATE

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples


def play(samples: Samples, rate: int = MODEL_RATE, *, wait: bool = True) -> None:
    """Play float32 samples, shape ``(n,)``, at a rate in Hz.

    Raises:
        AudioSystemMissing: PortAudio is not installed.
        MicrophoneFailed: there is no loudspeaker that could play it.
    """
    try:
        import sounddevice
    except OSError as exc:
        raise AudioSystemMissing("PortAudio is not installed.") from exc
    try:
        sounddevice.play(samples, rate, blocking=wait)
    except sounddevice.PortAudioError as exc:
        raise MicrophoneFailed(
            "There is no loudspeaker that plays.", hint="Connect one, or choose the default output."
        ) from exc


def stop() -> None:
    """Stop what :func:`play` began; does nothing when it is silent."""
    try:
        import sounddevice
    except OSError:
        return
    sounddevice.stop()
