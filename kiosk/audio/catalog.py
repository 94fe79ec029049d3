"""The list of microphones."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.audio.portaudio import PortAudio
    from kiosk.core.ports import Device


class PortAudioCatalog:
    """Lists PortAudio's input devices; implements :class:`kiosk.core.ports.MicrophoneCatalog`."""

    def __init__(self, portaudio: PortAudio) -> None:
        """Look through this; it has to be the one of the microphone.

        Args:
            portaudio: knows whether a stream is open, and does not refresh the list then.
        """
        self._portaudio = portaudio

    def devices(self, *, refresh: bool = False) -> list[Device]:
        """Return the input devices, the default first; none is not an error.

        Args:
            refresh: look again at the hardware; only possible while no device is open.

        Raises:
            AudioSystemMissing: PortAudio is not installed.
            MicrophoneFailed: the sound system hangs.
        """
        return [found.device for found in self._portaudio.devices(refresh=refresh)]
