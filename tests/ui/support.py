"""What tests of the screens stand on: real services and threads, with fakes behind the ports.

:class:`Kit` wires a ``Kiosk``; :class:`Stage` adds what every screen is given. Nothing of the
program is replaced: utterances are fed to the microphone, and come out as decisions.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from kiosk.audio.files import SoundFiles
from kiosk.core.accounts.acting import acting_as
from kiosk.core.hearing.audio import AudioClip
from kiosk.core.hearing.speech import find_speech
from kiosk.core.policies import Policies
from kiosk.core.visit.outcomes import TakeAccepted
from kiosk.resources import resources_dir
from kiosk.services.accounts.accounts import Accounts
from kiosk.services.accounts.api_keys import ApiKeys
from kiosk.services.accounts.operators import POLICY as OPERATOR_POLICY
from kiosk.services.accounts.operators import Operators
from kiosk.services.backup.backups import Backups
from kiosk.services.enroll.enrolling import EnrollUser
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
from kiosk.services.people.directory import Directory
from kiosk.services.people.erasure import Erasure
from kiosk.services.people.retention import Retention
from kiosk.services.preferences import MICROPHONE, Preferences
from kiosk.services.records.audit import Audit
from kiosk.services.startup import Startup, Task
from kiosk.services.visit.identifying import IdentifyUser
from kiosk.services.visit.shut_out import ShutOuts
from kiosk.services.visit.trying import Trying
from kiosk.services.visit.verifying import VerifyUser
from kiosk.services.voice.adapting import Adapting
from kiosk.services.voice.duplicates import Duplicates
from kiosk.services.voice.engine import VoiceEngine
from kiosk.services.voice.models import Models
from kiosk.services.voice.scoring import Scoring
from kiosk.services.voice.site_report import SiteReports
from kiosk.ui.accounts.session import Session
from kiosk.ui.hearing.listener_bridge import ListenerBridge
from kiosk.ui.hearing.recognition_thread import RecognitionThread
from kiosk.ui.navigation import Route, Ui
from kiosk.ui.theme.controller import ThemeController
from tests.fakes.attempts import FakeUptime
from tests.fakes.clock import FixedClock
from tests.fakes.consent import site_consents
from tests.fakes.keys import vault_at
from tests.fakes.pins import FastPinHasher
from tests.fakes.records.activity import FakeActivityLog
from tests.fakes.records.audit import PlainSecret
from tests.fakes.storage import InMemoryDatabase
from tests.support.patience import PATIENCE_MS
from tests.ui.sound import (
    BandEncoder,
    FakeCatalog,
    FakeMicrophone,
    FakeShelf,
    LevelDetector,
    NoFiles,
    PlainResampler,
    utterance,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

LOGIN, PIN = "olga", "748193"
"""Of the administrator whom a kiosk that is set up has."""


class Kit:
    """A kiosk on fakes.

    Attributes:
        kiosk: what the screens are given.
        microphone: fed by the test.
        encoder: the voice model; may be held up.
        shelf: where the model comes from; may fail.
        database: in memory; may fail.
        clock: stands still.
        kept_house: the first round of housekeeping, which begins with the program, is over.

    Args:
        data_dir: where it may write.
        policies: limits.
        set_up: whether there is an administrator already, :data:`LOGIN`.
    """

    def __init__(
        self, data_dir: Path, policies: Policies | None = None, *, set_up: bool = True
    ) -> None:
        self.microphone = FakeMicrophone()
        self.encoder = BandEncoder()
        self.shelf = FakeShelf(self.encoder)
        self.database = InMemoryDatabase()
        self.clock = FixedClock()
        self.activity = FakeActivityLog()
        database, clock, activity = self.database, self.clock, self.activity
        chosen = policies or Policies()
        preferences = Preferences(database, clock)
        engine = VoiceEngine(self.shelf)
        models = Models(self.shelf, engine, preferences, None)
        scoring = Scoring(engine, database)
        self.uptime = FakeUptime()
        self.kept_house = threading.Event()
        trying = Trying.build(
            database,
            chosen.verification,
            clock,
            self.uptime,
            FastPinHasher(),
            PlainSecret(),
            activity,
        )
        catalog = FakeCatalog(self.microphone)
        listener = Listener(
            self.microphone,
            LevelDetector,
            lambda _: PlainResampler(),
            lambda: preferences.get(MICROPHONE),
        )
        vault = vault_at(data_dir.parent / "keys")
        keys = Keys(database, vault, clock, activity, chain=database.chain)
        audit = Audit(database, database.chain, clock)
        tasks = (
            Task("storage", database.prepare),
            Task("keys", keys.begin),
            Task("audit", audit.begin),
            Task("model", models.load),
            Task("microphone", listener.start),
        )
        consents = site_consents(database)
        recordings = Recordings(SoundFiles(), LevelDetector)
        enroll = EnrollUser(
            database,
            engine,
            chosen.enrollment,
            clock,
            activity,
            consents,
            trying.newcomers,
            scoring,
        )
        erase = Erasure(database, clock, activity, trying.attempts)
        retention = Retention(database, erase, clock, activity, trying.attempts)
        self.kiosk = Kiosk(
            data_dir=data_dir,
            guarded=(data_dir, data_dir.parent / "keys"),
            policies=chosen,
            startup=Startup(tasks),
            engine=engine,
            models=models,
            listener=listener,
            catalog=catalog,
            recordings=recordings,
            verify=VerifyUser(
                database, engine, chosen.verification, clock, activity, trying, scoring
            ),
            attempts=trying.attempts,
            second_factors=trying.factors,
            identify=IdentifyUser(database, engine, chosen.verification, trying, scoring),
            enroll=enroll,
            enroll_many=EnrollMany(recordings, enroll),
            duplicates=Duplicates(database, preferences),
            adapting=Adapting(database, preferences, activity),
            people=Directory(database, activity, erase),
            erase=erase,
            consents=consents,
            retention=retention,
            housekeeping=Housekeeping(
                [Chore("purge", retention.purge_now), Chore("told", self.kept_house.set)]
            ),
            operators=Operators(
                database,
                FastPinHasher(),
                clock,
                Throttle(clock, self.uptime, OPERATOR_POLICY),
                PlainSecret(),
            ),
            accounts=Accounts(database, FastPinHasher(), clock, PlainSecret()),
            keys=keys,
            kept_takes=KeptRecordings(
                database, engine, enroll, recordings, clock, activity, scoring
            ),
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
            audit=audit,
            backups=Backups(
                None, database, lambda _: database.chain, clock, activity, chain=database.chain
            ),
            api_keys=ApiKeys(database, clock, activity, PlainSecret()),
            preferences=preferences,
            scoring=scoring,
            site_reports=SiteReports(database, engine, scoring),
            shut_outs=ShutOuts(database, engine, models, scoring, trying.factors),
            evaluate=Evaluate(engine, NoFiles(), preferences),
            false_accepts=FalseAccepts(database, engine),
            health=Health(data_dir, database, models, catalog, lambda: {"kiosk": "0"}),
        )

        if set_up:
            self.kiosk.operators.set_up(LOGIN, "Olga Ivanova", PIN)

    def sign_in_once(self, login: str, pin: str, secret: str) -> None:
        """Sign in with a PIN that another has made, and choose this secret."""
        signed_in = self.kiosk.operators.sign_in(login, pin)
        with acting_as(signed_in.actor):
            self.kiosk.operators.change_own(signed_in.account, "", secret)

    def enroll(self, user_id: str, speaker: int, name: str = "") -> None:
        """Enroll a speaker of :func:`tests.ui.sound.voice` with three takes."""
        if not self.kiosk.engine.ready:
            self.kiosk.models.load()
        takes = []
        for seconds in (3.4, 3.6, 3.8):
            speech = find_speech(AudioClip(utterance(speaker, seconds)), LevelDetector())
            take = self.kiosk.enroll.check_take(speech)
            assert isinstance(take, TakeAccepted), take
            takes.append(take)
        self.kiosk.enroll.save(user_id, name, takes, consent=True)


class Stage:
    """A kit with everything a screen is given: ``stage.ui``. Call :meth:`close` in the end.

    Attributes:
        routes: where screens wanted to go, in order.
    """

    def __init__(self, kit: Kit) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.kit = kit
        self.routes: list[Route] = []
        self.theme = ThemeController(app, resources_dir())
        self.theme.set_reduced_motion(True)
        self.recognition = RecognitionThread()
        self.recognition.start()
        self.bridge = ListenerBridge(kit.kiosk, self.recognition)
        session = Session(self.recognition, kit.kiosk.operators)
        for account in kit.database.state.operators.values():
            session.begin(account)
        routes = self.routes.append
        self.ui = Ui(kit.kiosk, self.recognition, self.bridge, self.theme, routes, session)

    def start(self, qtbot: QtBot) -> None:
        """Run the start-up and wait until the microphone delivers."""
        with qtbot.waitSignal(self.bridge.microphone, timeout=PATIENCE_MS):
            self.recognition.submit(lambda _: self.kit.kiosk.startup.run())

    def close(self) -> None:
        """End every thread."""
        self.bridge.close()
        self.kit.kiosk.listener.stop()
        assert self.recognition.stop()
        self.theme.close()


def child(root: QWidget, name: str) -> QWidget:
    """Return the widget of this object name below a widget."""
    found = [w for w in root.findChildren(QWidget) if w.objectName() == name]
    assert len(found) == 1, f"{len(found)} widgets are called {name}"
    return found[0]


def dispose(thing: QObject) -> None:
    """Destroy a Qt object now, so that nothing of it lives into the next test."""
    thing.deleteLater()
    QCoreApplication.sendPostedEvents(thing, QEvent.Type.DeferredDelete.value)
