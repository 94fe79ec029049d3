"""What happens on the Enroll page; knows no widget."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from kiosk.core.enroll.enrollment import EnrollmentSession
from kiosk.core.people.users import clean_name
from kiosk.core.visit.outcomes import TakeAccepted, TakeRefused
from kiosk.core.voice.duplicates import DuplicateFound
from kiosk.ui.operator.enroll.presenting.agreement import Agreement
from kiosk.ui.operator.enroll.presenting.hearing import Hearing
from kiosk.ui.operator.enroll.presenting.likeness import Likeness
from kiosk.ui.operator.enroll.presenting.records import Draft, Saved, saving
from kiosk.ui.operator.enroll.presenting.slots import Slots
from kiosk.ui.operator.enroll.presenting.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kiosk.core.errors import KioskError
    from kiosk.core.people.consent import ConsentText
    from kiosk.core.people.users import Person
    from kiosk.ui.hearing.recognition_thread import Ticket
    from kiosk.ui.navigation import Ui
    from kiosk.ui.operator.enroll.presenting.likeness import Judged


class EnrollPresenter(QObject):
    """Drives one :class:`kiosk.core.enroll.enrollment.EnrollmentSession` after another.

    Signals:
        changed: anything that the page shows, but not the progress of a recording.
        progress: :class:`kiosk.services.hearing.listening.Progress` of the take that is being
            heard.

    Attributes:
        session: the session; its takes never leave it but into the storage.
        slots: accepted takes by their place on the page.
        draft: what the form shows.
        error: the latest failure, until the next action.
        busy: something runs that the page must wait for.
        trial: tries the takes out before they are saved.
        agreement: to which text the person agrees.
        likeness: whether the voice is somebody else's.
        saved: what the latest session stored.
    """

    changed = Signal()
    progress = Signal(object)

    def __init__(
        self, ui: Ui, next_prompt: Callable[[], str], parent: QObject | None = None
    ) -> None:
        """Begin with an empty form.

        Args:
            ui: the use-cases and the threads.
            next_prompt: returns a sentence to say, another one each time.
            parent: Qt parent.
        """
        super().__init__(parent)
        self._kiosk = ui.kiosk
        self._recognition = ui.recognition
        self._hearing = Hearing(ui, self)
        self._hearing.progress.connect(self.progress)
        self._hearing.heard.connect(self._on_heard)
        self._next_prompt = next_prompt
        self._ticket: Ticket | None = None
        self._leaving = False
        self.session = EnrollmentSession(self._kiosk.enroll.policy)
        self.slots = Slots(self.session)
        self.trial = Trial(ui, self)
        self.trial.changed.connect(self.changed)
        self.trial.failed.connect(self._fail)
        self.agreement = Agreement(self._kiosk.consents, self)
        self.likeness = Likeness(ui, self.session, self)
        self.likeness.changed.connect(self.changed)
        self.likeness.failed.connect(self._fail)
        self.likeness.given_up.connect(self.cancel)
        self.likeness.reenroll.connect(self.prefill)
        self._reset(Draft())

    def _reset(self, draft: Draft) -> None:
        self.draft = draft
        self.slots.clear()
        self.error: KioskError | None = None
        self.busy = False
        self.saved: Saved | None = None
        self.prompt = self._next_prompt()

    @property
    def started(self) -> bool:
        """Return whether there is anything to cancel."""
        fresh = self.session.state_id in ("details", "done") and not self.has_takes
        return not fresh or self.draft.replacing

    @property
    def has_takes(self) -> bool:
        """Return whether leaving would lose recordings."""
        return bool(self.session.takes) and self.session.state_id != "saving"

    @property
    def refused(self) -> TakeRefused | None:
        """Return the latest recording when it was refused."""
        last = self.session.last
        return last if isinstance(last, TakeRefused) else None

    @Slot(str, str)
    def prefill(self, user_id: str, name: str) -> None:
        """Begin to re-enroll a known person; the operator still confirms the form."""
        self._abandon()
        self._reset(Draft(user_id, name, replacing=True))
        self.changed.emit()

    def describe(self, user_id: str, name: str, *, replacing: bool = False) -> None:
        """Say who is to be enrolled; the ID is checked before the next step."""
        if self.busy or self.session.state_id != "details":
            return
        self.draft = Draft(user_id, name, replacing)
        enroll = self._kiosk.enroll

        def check() -> tuple[str, str, Sequence[ConsentText]]:
            cleaned = enroll.require_free(user_id, replacing=replacing)
            return cleaned, clean_name(name), self.agreement.read()

        self._begin(lambda _: check(), self._described)

    def _described(self, found: tuple[str, str, Sequence[ConsentText]]) -> None:
        self.busy = False
        user_id, name, texts = found
        self.agreement.offer(texts)
        self.draft = Draft(user_id, name, self.draft.replacing)
        self.session.describe(user_id=user_id, name=name)
        if not self.session.takes:
            self.slots.clear()  # the session keeps no takes of somebody else
        self.changed.emit()

    @Slot()
    def replace(self) -> None:
        """Re-enroll the person whose ID was refused because they are enrolled already."""
        self.describe(self.draft.user_id, self.draft.name, replacing=True)

    @Slot()
    def forget_error(self) -> None:
        """The form is being changed: what was wrong with it no longer matters."""
        if self.error is not None:
            self.error = None
            self.changed.emit()

    @Slot()
    def agree(self) -> None:
        """Record that the person agreed to the text that is shown."""
        self.error = None
        self.session.agree()
        self.changed.emit()

    @Slot()
    def back(self) -> None:
        """Return to the step before; accepted takes stay."""
        # From the check one goes back by retaking: a fourth take has no place.
        if self.session.state_id in ("consent", "ready") and not self.busy:
            self.error = None
            self.session.back()
            self.changed.emit()

    @Slot()
    def record(self) -> None:
        """Hear one take."""
        if self.session.state_id != "ready" or self.slots.target is None:
            return
        self.error = None
        attempt_id = uuid.uuid4().hex
        user_id, earlier = self.session.user_id, tuple(self.session.takes)
        self.session.record(attempt_id=attempt_id)
        self._hearing.start(
            attempt_id,
            self.session.policy.end_point,
            lambda speech: self.likeness.judge(speech, user_id, earlier),
            lambda judged: self._checked(attempt_id, judged),
            self._fail,
        )
        self.changed.emit()

    def _checked(self, attempt_id: str, judged: Judged) -> None:
        outcome = judged.outcome
        self.session.checked(attempt_id=attempt_id, outcome=outcome)
        self.session.compared(judged.alike)
        if isinstance(outcome, TakeAccepted):
            self.session.agreed(judged.agreement)
        if isinstance(outcome, TakeAccepted):
            self.slots.fill(outcome)
            # Another sentence each time; a refused one is said again.
            self.prompt = self._next_prompt()
        self.changed.emit()

    @Slot()
    def stop_hearing(self) -> None:
        """Give the running recording up, be it a take or a quick verification."""
        self.trial.give_up()
        if self.session.state_id in ("listening", "checking"):
            self._hearing.stop()
            self.session.stop_recording()
        self.changed.emit()

    def retake(self, slot: int) -> None:
        """Drop the take in a slot, to be recorded again."""
        if self.session.state_id not in ("ready", "review"):
            return
        self.trial.forget()
        self.error = None
        index = self.slots.empty(slot)
        if index is not None:
            self.session.retake(index=index)
        self.changed.emit()

    @Slot()
    def quick_verify(self) -> None:
        """Hear one more sentence and score it against the takes; nothing is stored."""
        if self.session.state_id == "review" and not self.trial.hearing:
            self.error = None
            self.prompt = self._next_prompt()
            self.trial.start(self.session.takes)

    @Slot()
    def save(self) -> None:
        """Store the voiceprint; on failure the takes are kept."""
        if self.session.state_id != "review":
            return
        self.trial.give_up()
        self.session.save()
        if self.session.state_id != "saving":
            return
        work = saving(self._kiosk.enroll, self.session, self.draft, self.agreement.shown)
        self._begin(work, self._saved)

    def _saved(self, person: Person) -> None:
        self.busy = False
        self.saved = Saved.of(person, self.session, replaced=self.draft.replacing)
        self.session.saved()
        self.slots.clear()
        if self._leaving:
            self._abandon()
        self.changed.emit()

    @Slot()
    def cancel(self) -> None:
        """Wipe everything and show an empty form. While it is being saved, nothing happens."""
        if self.session.state_id != "saving":
            self._abandon()
            self.changed.emit()

    def enter(self) -> None:
        """The page is shown."""
        self._leaving = False
        self.changed.emit()

    def leave(self) -> None:
        """The page is left: wipe everything, after saving when that is under way."""
        self._leaving = True
        self.cancel()

    def _abandon(self) -> None:
        self.trial.forget()
        self._hearing.stop()
        if self._ticket is not None:
            self._ticket.cancel()
        self.session.cancel()
        self._reset(Draft())

    def _begin(self, work: Callable[[object], object], done: Callable[..., None]) -> None:
        self.error = None
        self.busy = True
        self._ticket = self._recognition.submit(work, done, self._fail)
        self.changed.emit()

    @Slot(object)
    def _fail(self, error: KioskError) -> None:
        self.busy = False
        # One of these ends what had begun; the other is ignored.
        self.session.stop_recording()
        self.session.save_failed()
        if isinstance(error, DuplicateFound):  # enrolled since the takes were compared
            self.session.compared(error.candidates)
        if self._leaving:
            self._abandon()
        self.error = error
        self.changed.emit()

    @Slot()
    def _on_heard(self) -> None:
        self.session.heard(attempt_id=self.session.attempt_id)
        self.changed.emit()
