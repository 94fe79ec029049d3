"""What the use-cases need from the world: each adapter implements one of these.

Adapters translate the exceptions of their libraries into :mod:`kiosk.core.errors`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from kiosk.core.hearing.speech import SpeechDetector as SpeechDetector
from kiosk.core.storage_ports import Database as Database
from kiosk.core.storage_ports import People as People
from kiosk.core.storage_ports import PreferenceStore as PreferenceStore
from kiosk.core.storage_ports import UnitOfWork as UnitOfWork
from kiosk.core.storage_ports import UnitOfWorkFactory as UnitOfWorkFactory

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from kiosk.core.hearing.audio import AudioClip, Samples
    from kiosk.core.hearing.several_speakers import Pieces, Rows
    from kiosk.core.voice.calibration import Calibration
    from kiosk.core.voice.embedding import Embedding


# --- audio -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Device:
    """A microphone as it is found and shown.

    Attributes:
        host: name of the host API, such as ``ALSA``.
        name: device name; with ``host`` its identity, for indices change when one is unplugged.
        channels: input channels.
        rate: its own default rate in Hz.
        default: whether the system would choose it.
    """

    host: str
    name: str
    channels: int
    rate: int
    default: bool = False

    @property
    def key(self) -> str:
        """Return the identity under which a choice is remembered."""
        return f"{self.host}: {self.name}"


@dataclass(frozen=True, eq=False)
class Block:
    """Samples read from a microphone.

    Attributes:
        samples: float32, shape ``(n,)``, a copy that nothing overwrites.
        cursor: where to read on.
        lost: samples that were overwritten before this reader came.
        offset: constant offset that is being taken out, as a share of full scale.
        channel: the one channel that is used because together they spoil the voice; 0 otherwise.
    """

    samples: Samples = field(repr=False)
    cursor: int
    lost: int = 0
    offset: float = 0.0
    channel: int = 0


class SampleSource(Protocol):
    """Read access to what a microphone has recorded lately; safe from any thread."""

    @property
    def rate(self) -> int:
        """Return the rate in Hz at which the open device records; 0 while none is open."""

    @property
    def position(self) -> int:
        """Return the index after the newest sample; it only grows, across reopening too."""

    def read_since(self, cursor: int) -> Block:
        """Return everything from ``cursor`` on that is still kept."""


class Microphone(SampleSource, Protocol):
    """One microphone: opened, read, closed; reopened after it was lost."""

    @property
    def device(self) -> Device | None:
        """Return the open device."""

    @property
    def overflows(self) -> int:
        """Return how often samples were lost since the program started; it only grows."""

    @property
    def delivering(self) -> bool:
        """Return whether the device is open and its samples have not ceased to arrive."""

    def open(self, key: str | None) -> Device:
        """Open the device with this key, or the system's default for None.

        Raises:
            AudioSystemMissing: PortAudio is not installed.
            MicrophoneMissing: there is no such device.
            MicrophoneFailed: it cannot be opened.
        """

    def close(self) -> None:
        """Stop recording; does nothing when closed."""


class MicrophoneCatalog(Protocol):
    """Which microphones there are."""

    def devices(self, *, refresh: bool = False) -> list[Device]:
        """Return the input devices, the default first.

        Args:
            refresh: look again at the hardware; only possible while no device is open.

        Raises:
            AudioSystemMissing: PortAudio is not installed.
        """


class Resampler(Protocol):
    """Converts a stream of samples to :data:`kiosk.core.hearing.audio.MODEL_RATE`."""

    def process(self, samples: Samples) -> Samples:
        """Return what has become available; the filter keeps the rest for the next call."""


class AudioFiles(Protocol):
    """Reads recordings."""

    def read(
        self,
        path: Path,
        *,
        max_seconds: float | None = None,
        limit_seconds: float | None = None,
    ) -> AudioClip:
        """Return the recording as mono at :data:`kiosk.core.hearing.audio.MODEL_RATE`.

        Args:
            path: any format, rate and channel count that the library reads.
            max_seconds: read only the beginning.
            limit_seconds: refuse a longer recording, before its samples are read.

        Raises:
            BadAudio: missing, unreadable, not audio, empty, not finite, or too long.
        """

    def decode(self, data: bytes, name: str, *, limit_seconds: float | None = None) -> AudioClip:
        """Return a recording that is in memory, such as an upload; see :meth:`read`.

        Args:
            data: content of a file.
            name: what messages call it.
            limit_seconds: refuse a longer recording, before its samples are read.

        Raises:
            BadAudio: not audio, empty, not finite, or too long.
        """


# --- speech and speakers ---------------------------------------------------------------------


@dataclass(frozen=True)
class ModelCard:
    """What is known about an installed voice model.

    Attributes:
        model_id: its identity, part of every voiceprint.
        title: one line for people.
        folder: where it lies.
        dim: embedding size.
        normalize: whether SpeechBrain's global embedding mean is subtracted.
        threshold: default threshold of the cosine score.
        threshold_basis: how that was found.
        licence: SPDX identifier or words.
        builtin: shipped with the program.
        architecture: the kind of network: ``ecapa`` or ``campplus``.
        fingerprint: 64 hexadecimal digits that change with everything that decides: the files
            of the network, the threshold. Not with what is only to be read.
    """

    model_id: str
    title: str
    folder: Path
    dim: int
    normalize: bool
    threshold: float
    threshold_basis: str
    licence: str
    builtin: bool
    architecture: str = "ecapa"
    fingerprint: str = ""


class SpeakerEncoder(Protocol):
    """A loaded voice model; not thread-safe."""

    @property
    def card(self) -> ModelCard:
        """Return what is known about the model."""

    def encode(self, clip: AudioClip) -> Embedding:
        """Return the embedding of a clip at :data:`kiosk.core.hearing.audio.MODEL_RATE`.

        Raises:
            BadAudio: too short to be encoded (less than 0.1 s).
        """

    def encode_with(self, clip: AudioClip, pieces: Pieces | None) -> tuple[Embedding, Rows]:
        """Return the embedding of a clip and those of pieces of it, in one pass.

        Returns:
            It, and one row of unit norm for each piece; no row where they cannot be told apart.

        Raises:
            BadAudio: see :meth:`encode`.
        """


class ModelShelf(Protocol):
    """The installed voice models."""

    def models(self) -> list[ModelCard]:
        """Return what is installed, the built-in one first; unreadable folders are left out."""

    def card(self, model_id: str) -> ModelCard:
        """Return one model.

        Raises:
            ModelMissing: it is not installed.
        """

    def load(self, model_id: str) -> SpeakerEncoder:
        """Verify every file of a model, then load it. Never touches the network.

        Raises:
            ModelMissing: it is not installed.
            ModelAltered: a file differs from the manifest.
            ModelRefused: it is not a model that this program loads.
        """

    def cohort(self, model_id: str) -> npt.NDArray[np.float32] | None:
        """Return how a model hears other people, one embedding each; None when it has none.

        Returns:
            Shape ``(people, dim)``, rows of unit norm, read-only.

        Raises:
            ModelMissing: it is not installed.
            ModelAltered: the file differs from the manifest.
            ModelRefused: it is no such array.
        """

    def calibrations(self) -> tuple[Calibration, ...]:
        """Return what was measured about the models that come with the program.

        Raises:
            ModelRefused: it cannot be read.
        """

    def install(self, source: str, progress: Callable[[str, float], None]) -> ModelCard:
        """Install a folder, a file or a named download; the only use of the network.

        Args:
            source: path of a folder or a ZIP file, or the name of the download,
                ``speechbrain/spkrec-ecapa-voxceleb``; or the ID of a built-in model.
            progress: called with a phrase and the share done in [0, 1].

        Raises:
            ModelRefused: the source is not such a model.
            ModelDownloadFailed: the download did not complete.
        """


# --- the rest --------------------------------------------------------------------------------


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Return the present time, timezone-aware UTC."""


class PinHasher(Protocol):
    """Keeps operator PINs."""

    def hash(self, pin: str) -> str:
        """Return a salted hash that says how it was made."""

    def matches(self, hashed: str, pin: str) -> bool:
        """Return whether the PIN belongs to the hash."""


class ActivityLog(Protocol):
    """The human-readable log of what happened to enrollments, one file a day."""

    def write(self, line: str) -> None:
        """Append one line; never biometric data."""
