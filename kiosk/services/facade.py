"""The one object that the desktop, the command line and the service receive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.core.policies import Policies
    from kiosk.core.ports import MicrophoneCatalog
    from kiosk.services.accounts.accounts import Accounts
    from kiosk.services.accounts.api_keys import ApiKeys
    from kiosk.services.accounts.operators import Operators
    from kiosk.services.backup.backups import Backups
    from kiosk.services.enroll.enrolling import EnrollUser
    from kiosk.services.enroll.kept_takes import KeptRecordings
    from kiosk.services.enroll.roster import EnrollMany
    from kiosk.services.health import Health
    from kiosk.services.hearing.listening import Listener
    from kiosk.services.hearing.recordings import Recordings
    from kiosk.services.housekeeping import Housekeeping
    from kiosk.services.keys.keys import Keys
    from kiosk.services.keys.voiceprint_files import VoiceprintFiles
    from kiosk.services.limits.attempts import Attempts
    from kiosk.services.limits.second_factor import SecondFactors
    from kiosk.services.measuring.evaluating import Evaluate
    from kiosk.services.measuring.false_accepts import FalseAccepts
    from kiosk.services.people.consent import Consents
    from kiosk.services.people.directory import Directory
    from kiosk.services.people.erasure import Erasure
    from kiosk.services.people.retention import Retention
    from kiosk.services.preferences import Preferences
    from kiosk.services.records.audit import Audit
    from kiosk.services.startup import Startup
    from kiosk.services.visit.identifying import IdentifyUser
    from kiosk.services.visit.shut_out import ShutOuts
    from kiosk.services.visit.verifying import VerifyUser
    from kiosk.services.voice.adapting import Adapting
    from kiosk.services.voice.duplicates import Duplicates
    from kiosk.services.voice.engine import VoiceEngine
    from kiosk.services.voice.models import Models
    from kiosk.services.voice.scoring import Scoring
    from kiosk.services.voice.site_report import SiteReports


@dataclass(frozen=True)
class Kiosk:
    """All use-cases of a kiosk, wired. Made by :func:`kiosk.bootstrap.build`.

    ``listener.microphone`` is the sample source of the waveform; ``guarded`` are the folders in
    which the kiosk keeps data, keys and settings, and into which nobody exports anything.
    """

    data_dir: Path
    guarded: tuple[Path, ...]
    policies: Policies
    startup: Startup
    engine: VoiceEngine
    models: Models
    listener: Listener
    catalog: MicrophoneCatalog
    recordings: Recordings
    verify: VerifyUser
    attempts: Attempts
    second_factors: SecondFactors
    identify: IdentifyUser
    enroll: EnrollUser
    enroll_many: EnrollMany
    duplicates: Duplicates
    adapting: Adapting
    people: Directory
    erase: Erasure
    consents: Consents
    retention: Retention
    housekeeping: Housekeeping
    operators: Operators
    accounts: Accounts
    keys: Keys
    kept_takes: KeptRecordings
    voiceprint_files: VoiceprintFiles
    backups: Backups
    audit: Audit
    api_keys: ApiKeys
    preferences: Preferences
    scoring: Scoring
    site_reports: SiteReports
    shut_outs: ShutOuts
    evaluate: Evaluate
    false_accepts: FalseAccepts
    health: Health
