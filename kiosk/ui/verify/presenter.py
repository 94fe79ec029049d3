"""Drives one visit after another: tells the session what happened, and the view what to show."""

from __future__ import annotations

import time
import uuid
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from kiosk.core.errors import InvalidInput, KioskError
from kiosk.core.outcomes import Inconclusive
from kiosk.core.users import clean_user_id
from kiosk.core.verification import VerificationSession
from kiosk.services.preferences import SHOW_SCORE
from kiosk.ui.messages import Message, for_error, for_reason, for_task
from kiosk.ui.verify.countdown import Countdown
from kiosk.ui.verify.hints import HintFilter
from kiosk.ui.verify.shown import PAGE_OF, Page, Result

if TYPE_CHECKING:
    from kiosk.core.outcomes import VerifyOutcome
    from kiosk.services.listening import Progress
    from kiosk.ui.navigation import Ui
    from kiosk.ui.prompts import Prompts
    from kiosk.ui.recognition_thread import Ticket
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
        self,
        ui: Ui,
        monitor: ServiceMonitor,
        prompts: Prompts,
        parent: QObject | None = None,
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
        self._show_score = True
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
        """Say how people are identified without their voice."""
        if self._session.state_id == "idle":
            self._turn_to(Page.OTHER_WAYS)

    @Slot(str)
    def claim(self, text: str) -> None:
        """Look up an ID as it was typed; when it is enrolled, begin to listen."""
        if self._session.state_id != "identifying" or self._lookup is not None:
            return
        try:
            user_id = clean_user_id(text)
        except InvalidInput as error:
            self.claim_changed.emit(False, for_error(error))
            return
        self._lookup = self._ui.recognition.submit(
            lambda _: self._admit(user_id), partial(self._on_admitted, user_id), self._on_refused
        )
        self.claim_changed.emit(True, None)

    @Slot()
    def retry(self) -> None:
        """Speak again."""
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

    def _admit(self, user_id: str) -> bool:
        """Check the claim, in the recognition thread; return whether scores are shown."""
        self._ui.kiosk.verify.require_enrolled(user_id)
        return self._ui.kiosk.preferences.get(SHOW_SCORE, "yes") != "no"

    def _on_admitted(self, user_id: str, show_score: bool) -> None:
        self._lookup = None
        self._show_score = show_score
        attempt_id = uuid.uuid4().hex
        self._session.claim(user_id=user_id, attempt_id=attempt_id)
        if self._session.is_current(attempt_id):
            self.claim_changed.emit(False, None)
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
        user_id, verify = self._session.user_id, self._ui.kiosk.verify
        self._ui.bridge.listen(
            attempt_id,
            self._policy.end_point,
            lambda speech, cancelled: verify(user_id, speech, cancelled),
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
            advice: tuple[Message, ...] = ()
            if isinstance(outcome, Inconclusive):
                advice = tuple(for_reason(reason) for reason in outcome.reasons)
            shown = self._show_score and outcome.score is not None
            self._finish(
                outcome.score if shown else None, outcome.threshold if shown else None, advice
            )

    def _on_failed(self, attempt_id: str, error: KioskError) -> None:
        """Fail closed: whatever went wrong, nobody was verified."""
        if self._session.is_current(attempt_id):
            self._session.fail(attempt_id=attempt_id)
            self._finish(None, None, (for_error(error),))

    def _finish(
        self, score: float | None, threshold: float | None, advice: tuple[Message, ...]
    ) -> None:
        session = self._session
        result = Result(
            session.state_id,
            session.user_id,
            score,
            threshold,
            advice,
            session.tries_left,
            session.state_id != "verified" and session.may_retry(),
        )
        self.result_changed.emit(result)
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
        self.hold()

    def _show(self) -> None:
        if self._session.state_id not in {"verified", "inconclusive", "not_verified"}:
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
