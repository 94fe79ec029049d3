"""The whole job, unattended: two people are enrolled, and everybody tries to be everybody.

A robot operates the real window with clicks and keys; synthetic voices speak into the real
microphone path. Nothing is skipped and nothing is injected behind the screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit

from kiosk.core.errors import Defect
from kiosk.demo import voices
from kiosk.demo.report import Decision, DemoReport
from kiosk.demo.robot import Robot
from kiosk.demo.virtual_audio import VirtualMicrophone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kiosk.demo.stage import Stage
    from kiosk.services.facade import Kiosk
    from kiosk.ui.application import Application

LOGIN, PIN = "olga", "428617"
_SHORT = "Yes."


@dataclass(frozen=True)
class Actor:
    """Somebody with a voice.

    Attributes:
        voice: name of the synthetic voice.
        user_id: the ID under which they are enrolled; empty for a stranger.
        name: display name.
    """

    voice: str
    user_id: str
    name: str


ALICE = Actor("slt", "1001", "Alice Moreau")
BRUNO = Actor("rms", "1002", "Bruno Keller")
STRANGER = Actor("awb", "", "a stranger")
_ENROLLED = (ALICE, BRUNO)


class Demo:
    """Performs the job on a stage, with an application that has been started."""

    def __init__(
        self,
        stage: Stage,
        kiosk: Kiosk,
        application: Application,
        out: Path,
        say: Callable[[str], None],
    ) -> None:
        """Use these; pictures go to ``out`` and progress is told to ``say``."""
        self._stage = stage
        self._kiosk = kiosk
        self._application = application
        self.robot = Robot(application.shell, out)
        self._say = say
        self._sentences = self._endless()
        self.report = DemoReport(microphone=stage.microphone)

    def perform(self) -> DemoReport:
        """Do everything and return what happened.

        Raises:
            RobotLost: the window did not do what it should have done.
        """
        robot = self.robot
        self._set_up()
        robot.wait("the kiosk to be ready", lambda: self._application.monitor.ready, 120)
        self.report.model_id = self._kiosk.engine.card.model_id
        robot.click("nav.leave")
        robot.wait_state("verify", "idle")
        robot.settle()
        robot.picture("01-welcome")
        self._sign_in()
        for actor in _ENROLLED:
            self._enroll(actor)
        self._operator_pages()
        robot.click("nav.leave")
        robot.wait_state("verify", "idle")
        for actor in (*_ENROLLED, STRANGER):
            for claimed in _ENROLLED:
                self._verify(actor, claimed)
        self._poor_recording()
        self._other_screens()
        self.report.screenshots = [path.name for path in robot.saved]
        return self.report

    def prepare(self, actor: Actor) -> None:
        """Make the first account and enroll one person, then return to the welcome screen."""
        self._set_up()
        self.robot.wait("the kiosk to be ready", lambda: self._application.monitor.ready, 120)
        self._enroll(actor)
        self.robot.click("nav.leave")
        self.robot.wait_state("verify", "idle")

    def _endless(self) -> Iterator[str]:
        while True:
            yield from voices.SENTENCES

    def _speak(self, actor: Actor, text: str | None = None) -> None:
        clip = voices.speak(actor.voice, next(self._sentences) if text is None else text)
        self._stage.voice.play(clip.samples, wait=False)

    def _set_up(self) -> None:
        self._say("Making the first account")
        robot = self.robot
        # Shown by itself once the kiosk knows that there is none.
        robot.find_page("signin.name")
        robot.type("signin.login", LOGIN)
        robot.type("signin.name", "Olga Ivanova")
        robot.settle()
        robot.picture("00-first-account")
        robot.click("signin.submit")
        robot.find_page("signin.confirm")
        robot.type("signin.pin", PIN)
        robot.type("signin.confirm", PIN)
        robot.settle()
        robot.picture("00-first-pin")
        robot.click("signin.submit")
        robot.find_page("page.enroll")

    def _sign_in(self) -> None:
        self._say("Signing in")
        robot = self.robot
        robot.click("welcome.operator")
        field = robot.find("signin.pin", QLineEdit)
        robot.wait("the form to take a PIN", lambda: not field.isReadOnly())
        robot.type("signin.pin", PIN)
        robot.settle()
        robot.picture("02-sign-in")
        robot.click("signin.submit")
        robot.find_page("page.enroll")

    def _enroll(self, actor: Actor) -> None:
        self._say(f"Enrolling {actor.name} ({actor.voice}) through the operator screen")
        robot, first = self.robot, actor is _ENROLLED[0]
        robot.click("nav.enroll")
        robot.wait_state("enroll", "details")
        robot.type("enroll.id", actor.user_id)
        robot.type("enroll.name", actor.name)
        self._picture_if(first, "03-enroll-person")
        robot.click("enroll.next")
        robot.wait_state("enroll", "consent")
        self._picture_if(first, "04-enroll-consent")
        robot.click("enroll.consent")
        robot.click("enroll.next")
        state = robot.wait_state("enroll", "ready")
        takes = 0
        while state == "ready":
            takes += 1
            if takes > self._kiosk.policies.enrollment.takes + 2:
                raise Defect(f"The takes of {actor.name} are refused again and again.")
            robot.click("enroll.record")
            robot.wait_state("enroll", "listening")
            self._speak(actor)
            if first and takes == 2:
                robot.settle(2500)
                robot.picture("05-enroll-voice")
            state = robot.wait_state("enroll", "ready", "review")
        self._picture_if(first, "06-enroll-check")
        robot.click("enroll.save")
        robot.wait_state("enroll", "done")
        self._picture_if(first, "07-enroll-done")
        robot.click("enroll.new")
        robot.wait_state("enroll", "details")

    def _picture_if(self, wanted: bool, name: str) -> None:
        if wanted:
            self.robot.settle()
            self.robot.picture(name)

    def _operator_pages(self) -> None:
        robot = self.robot
        robot.click("nav.people")
        robot.find_page("page.people")
        robot.settle(800)
        robot.picture("08-people")
        robot.click("nav.microphone")
        robot.find_page("page.microphone")
        robot.click("microphone.test")
        self._speak(ALICE)
        robot.settle(4000)
        robot.picture("09-microphone")
        self._stage.voice.silence()
        for page in ("activity", "preferences", "accounts", "privacy"):
            robot.click(f"nav.{page}")
            robot.find_page(f"page.{page}")
            robot.settle(800)
            robot.picture(f"09-{page}")

    def claim(self, claimed: Actor) -> None:
        """Go from the welcome screen to the speak screen under somebody's ID."""
        robot = self.robot
        robot.click("welcome.start")
        robot.wait_state("verify", "identifying")
        robot.type("who.id", claimed.user_id)
        if not self.report.decisions:
            robot.settle()
            robot.picture("10-who-are-you")
        robot.click("who.continue")
        robot.wait_state("verify", "listening")

    def _verify(self, actor: Actor, claimed: Actor) -> None:
        self._say(f"{actor.name} claims to be {claimed.name}")
        robot = self.robot
        before = len(self._kiosk.people.attempts(claimed.user_id))
        self.claim(claimed)
        self._speak(actor)
        if not self.report.decisions:
            robot.settle(2500)
            robot.picture("11-speak")
        state = robot.wait_state("verify", "verified", "not_verified", "inconclusive")
        attempts = self._kiosk.people.attempts(claimed.user_id)
        if len(attempts) != before + 1 or attempts[0].outcome != state:
            raise Defect("The decision on the screen is not the one that was stored.")
        pictures = {(ALICE, ALICE): "12-verified", (STRANGER, ALICE): "13-not-verified"}
        if (actor, claimed) in pictures:
            robot.settle(600)
            robot.picture(pictures[actor, claimed])
        expected = "verified" if actor is claimed else "not_verified"
        decided = attempts[0]
        self.report.decisions.append(
            Decision(
                actor.voice,
                f"{claimed.user_id} ({claimed.voice})",
                expected,
                decided.outcome,
                decided.score,
                decided.threshold,
            )
        )
        robot.click("result.done")
        robot.wait_state("verify", "idle")

    def _poor_recording(self) -> None:
        self._say("Saying too little, on purpose")
        self.claim(ALICE)
        self._speak(ALICE, _SHORT)
        robot = self.robot
        state = robot.wait_state("verify", "verified", "not_verified", "inconclusive")
        if state != "inconclusive":
            raise Defect(f"One word was not enough to decide upon, but the kiosk said {state}.")
        robot.settle(600)
        robot.picture("14-could-not-tell")
        robot.click("result.done")
        robot.wait_state("verify", "idle")

    def _other_screens(self) -> None:
        robot = self.robot
        for theme in ("dark", "contrast"):
            self._application.theme.set_theme(theme)
            robot.settle()
            robot.picture(f"15-welcome-{theme}")
        self._application.theme.set_theme("light")
        voice = self._stage.voice
        if isinstance(voice, VirtualMicrophone):
            self._say("Unplugging the microphone (PortAudio complains), and plugging it in again")
            voice.unplug()
            robot.wait_state("verify", "out_of_service")
            robot.settle(600)
            robot.picture("16-out-of-service")
            voice.plug()
            robot.wait_state("verify", "idle")
