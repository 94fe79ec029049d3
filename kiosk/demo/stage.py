"""Everything the demo and the bench play on: a screen, a microphone and an empty data folder."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.core.errors import AudioSystemMissing
from kiosk.demo import voices
from kiosk.demo.display import has_display, virtual_display
from kiosk.demo.environment import environment
from kiosk.demo.virtual_audio import VirtualMicrophone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kiosk.core.hearing.audio import Samples


class SpeakerBesideMicrophone:
    """The real microphone: what is played comes out of the default loudspeaker."""

    def play(self, sound: Samples, *, wait: bool = True) -> None:
        """Play float32 samples at 16 kHz through the default output."""
        from kiosk.audio.playback import play

        play(sound, wait=wait)

    def silence(self) -> None:
        """Stop what is being played."""
        from kiosk.audio.playback import stop

        stop()


Voice = VirtualMicrophone | SpeakerBesideMicrophone


@dataclass(frozen=True)
class Stage:
    """Where a performance takes place.

    Attributes:
        voice: plays sounds into the microphone.
        data_dir: empty data folder, removed afterwards.
        microphone: which microphone it is, in words.
        display: which screen it is, in words.
    """

    voice: Voice
    data_dir: Path
    microphone: str
    display: str


@contextmanager
def stage(*, real_microphone: bool = False) -> Iterator[Stage]:
    """Set it up and put the process' environment right; undone on leaving.

    Must be entered before Qt or sounddevice are imported.

    Raises:
        AudioSystemMissing: flite or PulseAudio is not installed.
        DisplayMissing: there is no screen and Xvfb is not installed.
    """
    if not voices.available():
        raise AudioSystemMissing(
            "The synthetic voices are not installed.", hint="Install the system package flite."
        )
    with ExitStack() as closing:
        scratch = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="kiosk-demo-")))
        # Whatever this machine's kiosk is set to, KIOSK_DATABASE_URL for instance, is none of ours.
        variables: dict[str, str | None] = dict.fromkeys(
            name for name in os.environ if name.startswith("KIOSK_")
        )
        variables["KIOSK_SITE_CONFIG"] = os.devnull
        variables["KIOSK_DATA_DIR"] = str(scratch / "data")
        variables["KIOSK_KEYS__PLACE"] = "file"
        variables["KIOSK_KEYS__FILE"] = str(scratch / "keys" / "demo.key")
        if has_display() or os.environ.get("QT_QPA_PLATFORM"):
            display = "this session's screen"
        else:
            variables["DISPLAY"] = closing.enter_context(virtual_display())
            variables["QT_QPA_PLATFORM"] = "xcb"
            display = "a private Xvfb"
        voice: Voice
        if real_microphone:
            voice = SpeakerBesideMicrophone()
            microphone = "the system's microphone"
        else:
            voice = closing.enter_context(VirtualMicrophone(scratch / "audio"))
            variables |= voice.environment
            microphone = "a private PulseAudio virtual microphone"
        closing.enter_context(environment(variables))
        yield Stage(voice, scratch / "data", microphone, display)
