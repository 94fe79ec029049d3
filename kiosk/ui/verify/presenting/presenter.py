"""Drives one visit after another: tells the session what happened, and the view what to show."""

from __future__ import annotations

import time
import uuid
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from kiosk.core.visit.telling import ScoreDisplay
from kiosk.core.visit.verification import VerificationSession
from kiosk.services.visit.score_display import score_display
from kiosk.ui.messages import Message, for_error, for_reason, for_task
from kiosk.ui.verify.presenting.countdown import Countdown
from kiosk.ui.verify.presenting.hints import HintFilter
from kiosk.ui.verify.presenting.shown import PAGE_OF, Page, result_of
from kiosk.ui.verify.presenting.shown_factors import ShownFactors

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.core.visit.outcomes import VerifyOutcome
    from kiosk.services.hearing.listening import Progress
    from kiosk.services.visit.claims import Admission
    from kiosk.ui.hearing.prompts import Prompts
    from kiosk.ui.hearing.recognition_thread import Ticket
    from kiosk.ui.navigation import Ui
    from kiosk.ui.service_monitor import ServiceMonitor

RESULT_SECONDS = 8
"""How long a result is shown before the kiosk returns to Welcome."""
GETTING_READY = "getting_ready"
"""Shown in the place of the session's state until the start-up is complete."""


class VerifyPresenter(QObject):
    """The self-service flow without its looks.

    Signals:
        state_changed: :attr:`state`.
        page_changed: the :class:`Page` to show.
        service_changed: :attr:`ready` or :attr:`status` is another.
        claim_changed: whether an ID is being looked up, and the ``Message`` about it or None.
        prompt_changed: the sentence to say.
        progress_changed: share in [0, 1] of the net speech that is needed.
        hint_changed: ``Message`` of the live hint, or None.
        result_changed: the :class:`Result`.
        countdown_changed: seconds until Welcome; 0 when nothing counts down.
    """

    state_changed = Signal(str)
    page_changed = Signal(object)
    service_changed = Signal()
    claim_changed = Signal(bool, object)
    prompt_changed = Signal(str)
    progress_changed = Signal(float)
    hint_changed = Signal(object)
    result_changed = Signal(object)
    countdown_changed = Signal(int)

    def __init__(
        self, ui: Ui, monitor: ServiceMonitor, prompts: Prompts, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._ui = ui
        self._monitor = monitor
        self._prompts = prompts
        self._policy = ui.kiosk.policies.verification
        self._session = VerificationSession(self._policy)
        self._hints = HintFilter()
        self._page = Page.WELCOME
        self._state = ""
        self._lookup: Ticket | None = None
        self._scores = ScoreDisplay.NEVER
        self.factors = ShownFactors()
        self._countdown = Countdown(self)
        self._countdown.changed.connect(self.countdown_changed)
        self._countdown.over.connect(self.end_visit)
        ui.bridge.progress.connect(self._on_progress)
        ui.bridge.heard.connect(self._on_heard)
        ui.bridge.interrupted.connect(self._on_interrupted)
        monitor.changed.connect(self._on_service)
        self._on_service()

    # --- what is the case --------------------------------------------------------------------

    @property
    def state(self) -> str:
        """Return the session's state, or :data:`GETTING_READY` before the first service."""
        getting_ready = self._session.state_id == "idle" and not self._monitor.ready
        return GETTING_READY if getting_ready else self._session.state_id

    @property
    def page(self) -> Page:
        """Return the page to show."""
        return self._page

    @property
    def ready(self) -> bool:
        """Return whether a visit can begin."""
        return self.state == "idle"

    @property
    def status(self) -> Message:
        """Return what the start-up does at this moment."""
        return for_task(self._monitor.task)

    @property
    def hearing(self) -> bool:
        """Return whether somebody speaks or waits for the answer: no time to go idle."""
        return self._session.state_id in {"listening", "analysing"}

    # --- what the person does ----------------------------------------------------------------

    @Slot()
    def begin_visit(self) -> None:
        """Begin a visit."""
        if self.ready:
            self._session.begin()
            self.claim_changed.emit(False, None)
            self._show()

    @Slot()
    def show_other_ways(self) -> None:
        """Say how people are identified without their voice; this ends the visit."""
        if self._session.state_id != "out_of_service":
            self._drop()
            self._session.leave()
            self._turn_to(Page.OTHER_WAYS)
            self._tell_state()

    @Slot(str)
    def claim(self, text: str) -> None:
        """Take an ID as it was typed, or a badge, and go on; whether anybody has it or not."""
        if self._session.state_id != "identifying" or self._lookup is not None:
            return
        self._lookup = self._ui.recognition.submit(
            lambda _: self._admit(text), self._on_admitted, self._on_refused
        )
        self.claim_changed.emit(True, None)

    @Slot(str)
    def confirm(self, text: str) -> None:
        """Take a PIN or a badge, or nothing, and begin to listen."""
        if self._session.state_id == "confirming":
            self.factors.typed(text)
            self._claim(self._session.user_id)

    @Slot()
    def retry(self) -> None:
        """Speak again; after a rejection with a second factor that is asked for again, too."""
        if self.factors.asked and self._session.state_id == "not_verified":
            self._session.ask(user_id=self._session.user_id)
            self._show()
            return
        attempt_id = uuid.uuid4().hex
        self._session.retry(attempt_id=attempt_id)
        if self._session.is_current(attempt_id):
            self._listen(attempt_id)

    @Slot()
    def end_visit(self) -> None:
        """End the visit, whatever it has come to; what is still being worked on is dropped."""
        self._drop()
        self._session.leave()
        self._show()

    @Slot()
    def hold(self) -> None:
        """Stop counting down: somebody is still reading."""
        self._countdown.stop()

    # --- what the kiosk does -----------------------------------------------------------------

    def _admit(self, text: str) -> tuple[Admission, ScoreDisplay]:
        """Look at the claim, in the recognition thread; return which scores are shown, too."""
        kiosk = self._ui.kiosk
        return kiosk.verify.admit(text), score_display(kiosk.preferences)

    def _on_admitted(self, found: tuple[Admission, ScoreDisplay]) -> None:
        self._lookup = None
        admission, self._scores = found
        self.factors.begin(admission)
        self.claim_changed.emit(False, None)
        if admission.lock is not None:
            self._session.refuse(user_id=admission.user_id, lock=admission.lock)
            self._finish(())
        elif admission.asks:
            self._session.ask(user_id=admission.user_id)
            self._show()
        else:
            self._claim(admission.user_id)

    def _claim(self, user_id: str) -> None:
        attempt_id = uuid.uuid4().hex
        self._session.claim(user_id=user_id, attempt_id=attempt_id)
        if self._session.is_current(attempt_id):
            self._listen(attempt_id)

    def _on_refused(self, error: KioskError) -> None:
        self._lookup = None
        self.claim_changed.emit(False, for_error(error))

    def _listen(self, attempt_id: str) -> None:
        self._hints.reset()
        self.prompt_changed.emit(self._prompts.next())
        self.progress_changed.emit(0.0)
        self.hint_changed.emit(None)
        self._show()
        user_id, shown, verify = self._session.user_id, self.factors.all, self._ui.kiosk.verify
        self._ui.bridge.listen(
            attempt_id,
            self._policy.end_point,
            lambda speech, cancelled: verify(user_id, speech, cancelled, shown=shown, blind=True),
            partial(self._on_decided, attempt_id),
            partial(self._on_failed, attempt_id),
        )

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        if not self._session.is_current(progress.attempt_id):
            return
        needed = self._policy.quality.min_net_s
        self.progress_changed.emit(min(1.0, progress.net_seconds / needed))
        if self._hints.feed(progress.hint, time.monotonic()):
            shown = self._hints.shown
            self.hint_changed.emit(None if shown is None else for_reason(shown))

    @Slot(str)
    def _on_heard(self, attempt_id: str) -> None:
        self._session.heard(attempt_id=attempt_id)
        if self._session.is_current(attempt_id):
            self.hint_changed.emit(None)
            self._show()

    @Slot(str)
    def _on_interrupted(self, attempt_id: str) -> None:
        # Most times the monitor was told first, and has ended the visit already.
        if self._session.is_current(attempt_id):
            self.end_visit()

    def _on_decided(self, attempt_id: str, outcome: VerifyOutcome) -> None:
        if self._session.is_current(attempt_id):
            self._session.decide(attempt_id=attempt_id, outcome=outcome)
            self._finish(())

    def _on_failed(self, attempt_id: str, error: KioskError) -> None:
        """Fail closed: whatever went wrong, nobody was verified."""
        if self._session.is_current(attempt_id):
            self._session.fail(attempt_id=attempt_id)
            self._finish((for_error(error),))

    def _finish(self, advice: tuple[Message, ...]) -> None:
        if self._session.state_id != "inconclusive":
            self.factors.decided()
        self.result_changed.emit(result_of(self._session, advice, self._scores))
        self._show()
        self._countdown.start(RESULT_SECONDS)

    @Slot()
    def _on_service(self) -> None:
        before = self._session.state_id
        if self._monitor.trouble is not None:
            self._drop()
            self._session.break_down()
        elif self._monitor.ready:
            self._session.recover()
        if self._session.state_id != before:
            self._show()
        self._tell_state()
        self.service_changed.emit()

    # --- keeping the screen true -------------------------------------------------------------

    def _drop(self) -> None:
        if self._lookup is not None:
            self._lookup.cancel()
            self._lookup = None
        if self.hearing:
            self._ui.bridge.stop()
        self.factors.forget()
        self.hold()

    def _show(self) -> None:
        if self._session.state_id in PAGE_OF:
            self.hold()
        self._turn_to(PAGE_OF.get(self._session.state_id, Page.RESULT))
        self._tell_state()

    def _tell_state(self) -> None:
        if self.state != self._state:
            self._state = self.state
            self.state_changed.emit(self._state)

    def _turn_to(self, page: Page) -> None:
        if page is not self._page:
            self._page = page
            self.page_changed.emit(page)
