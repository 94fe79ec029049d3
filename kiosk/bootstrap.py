"""The composition root: from settings to a :class:`~kiosk.services.facade.Kiosk`.

The only module that knows every adapter. Building is cheap and opens nothing: database, voice
model and microphone are opened by :class:`~kiosk.services.startup.Startup`, so that a window can
be shown first.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.audio.catalog import PortAudioCatalog
from kiosk.audio.files import SoundFiles
from kiosk.audio.microphone import PortAudioMicrophone
from kiosk.audio.portaudio import PortAudio
from kiosk.audio.resampler import SoxrResampler
from kiosk.core.records.chain import Chain
from kiosk.installation import version
from kiosk.logs import FileActivityLog, LogFiles
from kiosk.resources import resources_dir
from kiosk.secrets import Argon2PinHasher
from kiosk.services.accounts.accounts import Accounts
from kiosk.services.accounts.api_keys import ApiKeys
from kiosk.services.accounts.operators import POLICY as OPERATOR_POLICY
from kiosk.services.accounts.operators import Operators
from kiosk.services.backup.backups import Backups
from kiosk.services.enroll.enrolling import EnrollUser
from kiosk.services.enroll.keeping import days_kept
from kiosk.services.enroll.kept_takes import KeptRecordings
from kiosk.services.enroll.roster import EnrollMany
from kiosk.services.facade import Kiosk
from kiosk.services.health import Health
from kiosk.services.hearing.listening import Listener
from kiosk.services.hearing.recordings import Recordings
from kiosk.services.housekeeping import Chore, Housekeeping
from kiosk.services.keys.keys import Keys
from kiosk.services.keys.voiceprint_files import VoiceprintFiles
from kiosk.services.limits.throttle import Throttle
from kiosk.services.measuring.evaluating import Evaluate
from kiosk.services.measuring.false_accepts import FalseAccepts
from kiosk.services.people.consent import Consents, ConsentSite
from kiosk.services.people.directory import Directory
from kiosk.services.people.erasure import Erasure
from kiosk.services.people.log_traces import LogTraces
from kiosk.services.people.retention import Retention
from kiosk.services.preferences import MICROPHONE, Preferences
from kiosk.services.records.anchoring import Anchoring
from kiosk.services.records.audit import Audit
from kiosk.services.records.configured import Configured
from kiosk.services.records.failure_counts import CountedFailures
from kiosk.services.startup import Startup, Task
from kiosk.services.visit.identifying import IdentifyUser
from kiosk.services.visit.shut_out import ShutOuts
from kiosk.services.visit.trying import Trying
from kiosk.services.visit.verifying import VerifyUser
from kiosk.services.voice.adapting import Adapting
from kiosk.services.voice.duplicates import Duplicates
from kiosk.services.voice.engine import VoiceEngine
from kiosk.services.voice.models import Models
from kiosk.services.voice.models_vouched import VouchedModels
from kiosk.services.voice.scoring import Scoring
from kiosk.services.voice.site_report import SiteReports
from kiosk.settings.effective import site_config_dir
from kiosk.settings.in_force import in_data_folder, in_force
from kiosk.speaker.shelf import FolderModelShelf
from kiosk.speaker.vad_silero import SileroDetector
from kiosk.storage.opening import backups_of, database_at, name_of
from kiosk.storage.records.anchors import FileAnchors
from kiosk.texts import FolderConsentTexts
from kiosk.uptime import SystemUptime
from kiosk.vault.backup.archives import SealedArchives
from kiosk.vault.backup.elsewhere import in_memory, vault_of
from kiosk.vault.memory import Memory
from kiosk.vault.places import Choice
from kiosk.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kiosk.core.keys.ports import KioskSecret
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
        choice = Choice(settings.keys.place, settings.keys.file, settings.keys_folder)
        vault = Vault(
            choice,
            lambda: database.keys_needed(),
            clock,
            data=(settings.data_dir, settings.database_file.parent),
            memory=Memory(choice, name_of(settings.database)),
        )
        anchors = _anchors(settings, lambda: vault.secret.kiosk_id)
        chain = Chain(
            vault.secret,
            clock.now,
            version(),
            None if anchors is None else Anchoring(anchors, settings.audit.anchor_every).committed,
            vault,
        )
        archiver = SealedArchives(
            vault,
            lambda kiosk_id: vault_of(kiosk_id, choice, clock),
            lambda carried: in_memory(carried, clock),
        )
        database = database_at(settings.database, vault.box, chain, archiver)
        closing.callback(database.close)
        activity = FileActivityLog(settings.logs_dir)
        preferences = Preferences(database, clock)
        installed = FolderModelShelf(
            resources_dir() / "models",
            settings.models_dir,
            threads=settings.model.threads,
        )
        shelf = VouchedModels(installed, preferences, clock)
        engine = VoiceEngine(shelf)
        scoring = Scoring(engine, database)
        closing.callback(scoring.forget)
        models = Models(shelf, engine, preferences, settings.model.id)
        portaudio = PortAudio()
        catalog = PortAudioCatalog(portaudio)
        policies = settings.policies()
        weights = resources_dir() / "speech-detector" / "weights.npz"
        trying = Trying.build(
            database,
            policies.verification,
            clock,
            SystemUptime(),
            Argon2PinHasher(),
            vault.secret,
            activity,
        )
        listener = Listener(
            _microphone(settings, portaudio),
            lambda: SileroDetector(weights),
            SoxrResampler,
            lambda: preferences.get(MICROPHONE) or settings.audio.device,
        )
        closing.callback(listener.stop)
        files = SoundFiles()
        api_keys = ApiKeys(database, clock, activity, vault.secret)
        counts = CountedFailures(trying.attempts)
        configured = Configured(in_force(settings), in_data_folder(settings))
        audit = Audit(database, chain, clock, anchors, configured, counts, shelf)
        texts = FolderConsentTexts(resources_dir() / "consent", settings.consent_dir)
        consents = Consents(database, texts, _site(settings))
        store = backups_of(database, archiver, _chain_of)
        seal_copies = None if store is None else store.seal_plain_copies
        keys = Keys(database, vault, clock, activity, chain=chain, seal_copies=seal_copies)
        log_traces = LogTraces(database, LogFiles(settings.logs_dir), clock)
        erase = Erasure(database, clock, activity, trying.attempts, store, log_traces)
        retention = Retention(database, erase, clock, activity, trying.attempts)
        recordings = Recordings(files, lambda: SileroDetector(weights))
        enroll = EnrollUser(
            database,
            engine,
            policies.enrollment,
            clock,
            activity,
            consents,
            trying.newcomers,
            scoring,
        )
        kept_takes = KeptRecordings(database, engine, enroll, recordings, clock, activity, scoring)
        housekeeping = Housekeeping(
            [
                Chore("purge", retention.purge_now),
                Chore("kept takes", kept_takes.purge),
                Chore("overwriting", erase.finish),
                Chore("records", audit.look),
                Chore("tries of nobody", retention.forget_nobodys),
                Chore("encoding kept takes", kept_takes.encode_anew, after_change=True),
            ]
        )
        engine.when_changed(housekeeping.models_changed)
        closing.callback(housekeeping.stop)

        def open_records() -> None:
            audit.begin()
            retention.begin()

        def load_models() -> None:
            models.load()
            scoring.warm()

        startup = Startup(
            [
                Task("storage", keys.prepare),
                Task("keys", keys.begin),
                Task("audit", open_records),
                Task("model", load_models),
                Task("microphone", listener.start),
            ]
        )
        shut_outs = ShutOuts(database, engine, models, scoring, trying.factors)
        yield Kiosk(
            data_dir=settings.data_dir,
            guarded=_guarded(settings),
            policies=policies,
            startup=startup,
            engine=engine,
            models=models,
            listener=listener,
            catalog=catalog,
            recordings=recordings,
            verify=VerifyUser(
                database, engine, policies.verification, clock, activity, trying, scoring
            ),
            attempts=trying.attempts,
            second_factors=trying.factors,
            identify=IdentifyUser(database, engine, policies.verification, trying, scoring),
            enroll=enroll,
            enroll_many=EnrollMany(recordings, enroll),
            duplicates=Duplicates(database, preferences),
            adapting=Adapting(database, preferences, activity),
            people=Directory(database, activity, erase),
            erase=erase,
            consents=consents,
            retention=retention,
            housekeeping=housekeeping,
            operators=Operators(
                database,
                Argon2PinHasher(),
                clock,
                Throttle(clock, SystemUptime(), OPERATOR_POLICY),
                vault.secret,
            ),
            accounts=Accounts(database, Argon2PinHasher(), clock, vault.secret),
            keys=keys,
            kept_takes=kept_takes,
            voiceprint_files=VoiceprintFiles(
                database,
                engine,
                vault.wrapping,
                clock,
                activity,
                consents,
                trying.newcomers,
                models.installed,
                scoring,
            ),
            backups=Backups(
                store,
                database,
                _chain_of,
                clock,
                activity,
                chain=chain,
                anchors_of=lambda kiosk_id: _anchors(settings, lambda: kiosk_id),
            ),
            audit=audit,
            api_keys=api_keys,
            preferences=preferences,
            scoring=scoring,
            site_reports=SiteReports(database, engine, scoring),
            shut_outs=shut_outs,
            evaluate=Evaluate(engine, files, preferences),
            false_accepts=FalseAccepts(database, engine),
            health=Health(
                settings.data_dir, database, models, catalog, _versions, keys, audit, shut_outs
            ),
        )


def _guarded(settings: Settings) -> tuple[Path, ...]:
    """Return the folders that are the kiosk's own; backups lie in that of the data."""
    own = (settings.data_dir, settings.keys_folder, settings.logs_dir, settings.consent_dir)
    key_file = settings.keys.file
    return (*own, site_config_dir(), *(() if key_file is None else (key_file.parent,)))


def _anchors(settings: Settings, kiosk_id: Callable[[], str]) -> FileAnchors | None:
    file = settings.audit.anchor_file
    if file == "off":
        return None
    if isinstance(file, Path):
        return FileAnchors(file)
    # Beside the keys: who puts back an earlier copy of the data folder leaves them alone.
    keys = settings.keys.file
    if keys is not None:
        return FileAnchors(keys.with_name(f"{keys.name}.anchors"))
    return FileAnchors(lambda: settings.keys_folder / f"{kiosk_id()}.anchors")


def _site(settings: Settings) -> ConsentSite:
    consent = settings.consent
    return ConsentSite(consent.controller, consent.contact, settings.language, days_kept)


def _microphone(settings: Settings, portaudio: PortAudio) -> Microphone:
    if settings.audio.wav_file is not None:
        from kiosk.audio.wav_microphone import WavMicrophone

        return WavMicrophone(settings.audio.wav_file)
    # ALSA's default device claims 44.1 kHz whatever the hardware does, and 48 kHz is what nearly
    # all hardware does; a device that refuses it records at its own rate.
    return PortAudioMicrophone(portaudio, rate=48_000)


def _chain_of(secret: KioskSecret) -> Chain:
    """Return the audit chain of a kiosk whose backup is looked into."""
    return Chain(secret, SystemClock().now, version())


def _versions() -> dict[str, str]:
    found = {}
    for name in _REPORTED:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
