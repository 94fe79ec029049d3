"""The composition root: from settings to a :class:`~kiosk.services.facade.Kiosk`.

The only module that knows every adapter. Building is cheap and opens nothing: database, voice
model and microphone are opened by :class:`~kiosk.services.startup.Startup`, so that a window can
be shown first.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING

from kiosk.audio.catalog import PortAudioCatalog
from kiosk.audio.files import SoundFiles
from kiosk.audio.microphone import PortAudioMicrophone
from kiosk.audio.portaudio import PortAudio
from kiosk.audio.resampler import SoxrResampler
from kiosk.logs import FileActivityLog
from kiosk.resources import resources_dir
from kiosk.secrets import Argon2PinHasher
from kiosk.services.api_keys import ApiKeys
from kiosk.services.directory import Directory
from kiosk.services.engine import VoiceEngine
from kiosk.services.enrolling import EnrollUser
from kiosk.services.evaluating import Evaluate
from kiosk.services.facade import Kiosk
from kiosk.services.health import Health
from kiosk.services.listening import Listener
from kiosk.services.models import Models
from kiosk.services.operators import Operators
from kiosk.services.preferences import MICROPHONE, Preferences
from kiosk.services.recordings import Recordings
from kiosk.services.startup import Startup, Task
from kiosk.services.verifying import IdentifyUser, VerifyUser
from kiosk.speaker.shelf import FolderModelShelf
from kiosk.speaker.vad_silero import SileroDetector
from kiosk.storage.opening import database_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kiosk.core.ports import Microphone
    from kiosk.settings import Settings

_REPORTED = (
    "voice-kiosk",
    "torch",
    "torchaudio",
    "speechbrain",
    "PySide6-Essentials",
    "sounddevice",
    "SQLAlchemy",
    "numpy",
)


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return datetime.now(UTC)


@contextmanager
def build(settings: Settings) -> Iterator[Kiosk]:
    """Wire a kiosk; on leaving, everything that was opened is closed in reverse order.

    Raises:
        ResourcesMissing: the installation is incomplete.
        SettingsInvalid: a setting cannot be honoured.
    """
    with ExitStack() as closing:
        clock = SystemClock()
        database = database_at(settings.database)
        closing.callback(database.close)
        activity = FileActivityLog(settings.logs_dir)
        preferences = Preferences(database, clock)
        shelf = FolderModelShelf(
            resources_dir() / "models",
            settings.models_dir,
            threads=settings.model.threads,
            index=settings.model.index,
        )
        engine = VoiceEngine(shelf)
        models = Models(shelf, engine, preferences, settings.model.id)
        portaudio = PortAudio()
        catalog = PortAudioCatalog(portaudio)
        policies = settings.policies()
        listener = Listener(
            _microphone(settings, portaudio),
            SileroDetector,
            SoxrResampler,
            lambda: preferences.get(MICROPHONE) or settings.audio.device,
        )
        closing.callback(listener.stop)
        files = SoundFiles()
        startup = Startup(
            [
                Task("storage", database.prepare),
                Task("model", models.load),
                Task("microphone", listener.start),
            ]
        )
        yield Kiosk(
            data_dir=settings.data_dir,
            policies=policies,
            startup=startup,
            engine=engine,
            models=models,
            listener=listener,
            catalog=catalog,
            recordings=Recordings(files, SileroDetector),
            verify=VerifyUser(database, engine, policies.verification, clock, activity),
            identify=IdentifyUser(database, engine, policies.verification),
            enroll=EnrollUser(database, engine, policies.enrollment, clock, activity),
            people=Directory(database, activity),
            operators=Operators(database, Argon2PinHasher(), clock),
            api_keys=ApiKeys(database, clock, activity),
            preferences=preferences,
            evaluate=Evaluate(engine, files, preferences),
            health=Health(settings.data_dir, database, models, catalog, _versions),
        )


def _microphone(settings: Settings, portaudio: PortAudio) -> Microphone:
    if settings.audio.wav_file is not None:
        from kiosk.audio.wav_microphone import WavMicrophone

        return WavMicrophone(settings.audio.wav_file)
    # ALSA's default device claims 44.1 kHz whatever the hardware does, and 48 kHz is what nearly
    # all hardware does; a device that refuses it records at its own rate.
    return PortAudioMicrophone(portaudio, rate=48_000)


def _versions() -> dict[str, str]:
    found = {}
    for name in _REPORTED:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
