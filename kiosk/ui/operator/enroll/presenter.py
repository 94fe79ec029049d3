"""What happens on the Enroll page; knows no widget."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from kiosk.core.embedding import Voiceprint, consistency, score
from kiosk.core.enrollment import EnrollmentSession
from kiosk.core.errors import AlreadyEnrolled, MicrophoneFailed
from kiosk.core.outcomes import TakeAccepted, TakeRefused
from kiosk.core.users import clean_name
from kiosk.ui.operator.words import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.errors import KioskError
    from kiosk.core.outcomes import TakeOutcome
    from kiosk.core.quality import Reason
    from kiosk.core.users import Person
    from kiosk.services.listening import Progress
    from kiosk.ui.navigation import Ui
    from kiosk.ui.recognition_thread import Ticket


@dataclass(frozen=True)
class Draft:
    """What the form holds before it is accepted.

    Attributes:
        user_id: external ID as typed.
        name: display name as typed.
        replacing: the person's present voiceprint is to be replaced.
    """

    user_id: str = ""
    name: str = ""
    replacing: bool = False


@dataclass(frozen=True)
class QuickScore:
    """How one more sentence compares with the takes; never stored.

    Attributes:
        score: cosine score; None when the recording was too poor.
        threshold: least score that verifies.
        reasons: why it was too poor.
    """

    score: float | None
    threshold: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Saved:
    """What the latest session stored, without anything of the voice.

    Attributes:
        user_id: of the person.
        name: as it is stored now.
        takes: how many.
        lowest: lowest score between any two takes, as shown.
        model_id: voice model that made them.
        replaced: whether there was a voiceprint before.
    """

    user_id: str
    name: str
    takes: int
    lowest: str
    model_id: str
    replaced: bool


class EnrollPresenter(QObject):
    """Drives one :class:`kiosk.core.enrollment.EnrollmentSession` after another.

    Signals:
        changed: anything that the page shows, but not the progress of a recording.
        progress: :class:`kiosk.services.listening.Progress` of the recording that is running.
        hearing_over: the end-point was reached; the recording is being judged.

    Attributes:
        session: the session; its takes never leave it but into the storage.
        slots: accepted takes by their place on the page; a retake leaves a gap.
        draft: what the form shows.
        error: the latest failure, until the next action.
        busy: something runs that the page must wait for.
        quick: result of the latest quick verification.
        quick_hearing: a quick verification is being recorded or judged.
        saved: what the latest session stored.
    """

    changed = Signal()
    progress = Signal(object)
    hearing_over = Signal()

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
        self._bridge = ui.bridge
        self._next_prompt = next_prompt
        self._ticket: Ticket | None = None
        self._leaving = False
        self._quick_attempt = ""
        self.session = EnrollmentSession(self._kiosk.enroll.policy, threshold=1.0)
        self._reset(Draft())
        ui.bridge.progress.connect(self._on_progress)
        ui.bridge.heard.connect(self._on_heard)
        ui.bridge.interrupted.connect(self._on_interrupted)

    def _reset(self, draft: Draft) -> None:
        self.draft = draft
        self.slots: list[TakeAccepted | None] = [None] * self.session.policy.takes
        self.error: KioskError | None = None
        self.busy = False
        self.quick: QuickScore | None = None
        self.quick_hearing = False
        self.saved: Saved | None = None
        self.prompt = self._next_prompt()

    # --- what the page shows -----------------------------------------------------------------

    @property
    def started(self) -> bool:
        """Return whether there is anything to cancel."""
        return self.session.state_id not in ("details", "done") or self.draft.replacing

    @property
    def has_takes(self) -> bool:
        """Return whether leaving would lose recordings."""
        return bool(self.session.takes) and self.session.state_id != "saving"

    @property
    def duplicate(self) -> bool:
        """Return whether the ID was refused because its person is enrolled already."""
        return isinstance(self.error, AlreadyEnrolled)

    @property
    def target(self) -> int | None:
        """Return the slot that the next accepted take fills; None when all are filled."""
        return next((i for i, take in enumerate(self.slots) if take is None), None)

    @property
    def refused(self) -> TakeRefused | None:
        """Return the latest recording when it was refused."""
        last = self.session.last
        return last if isinstance(last, TakeRefused) else None

    def matrix(self) -> tuple[tuple[float, ...], ...]:
        """Return the cosine scores between the takes, in the order of their slots."""
        return consistency(tuple(take.embedding for take in self.slots if take is not None))

    def weakest(self) -> tuple[int, float]:
        """Return the slot that agrees least with the others, and the lowest score of any two."""
        index, lowest = self.session.weakest()
        weakest = self.session.takes[index] if self.session.takes else None
        slot = next((i for i, take in enumerate(self.slots) if take is weakest), 0)
        return slot, lowest

    # --- person and consent ------------------------------------------------------------------

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

        def check() -> tuple[str, str, float]:
            cleaned = enroll.require_free(user_id, replacing=replacing)
            return cleaned, clean_name(name), enroll.threshold()

        self._begin(lambda _: check(), self._described)

    def _described(self, found: tuple[str, str, float]) -> None:
        self.busy = False
        user_id, name, threshold = found
        self.draft = Draft(user_id, name, self.draft.replacing)
        self.session.threshold = threshold
        self.session.describe(user_id=user_id, name=name)
        self.changed.emit()

    def replace(self) -> None:
        """Re-enroll the person whose ID was refused because they are enrolled already."""
        self.describe(self.draft.user_id, self.draft.name, replacing=True)

    def forget_error(self) -> None:
        """The form is being changed: what was wrong with it no longer matters."""
        if self.error is not None:
            self.error = None
            self.changed.emit()

    def agree(self) -> None:
        """Record that the person agreed to the text that is shown."""
        self.error = None
        self.session.agree()
        self.changed.emit()

    def back(self) -> None:
        """Return to the step before; accepted takes stay."""
        # From the check one goes back by retaking: a fourth take has no place.
        if self.session.state_id in ("consent", "ready") and not self.busy:
            self.error = None
            self.session.back()
            self.changed.emit()

    # --- voice -------------------------------------------------------------------------------

    def record(self) -> None:
        """Hear one take."""
        if self.session.state_id != "ready" or self.target is None:
            return
        self.error = None
        attempt_id = uuid.uuid4().hex
        self.session.record(attempt_id=attempt_id)
        self._bridge.listen(
            attempt_id,
            self.session.policy.end_point,
            lambda speech, _: self._kiosk.enroll.check_take(speech),
            lambda outcome: self._checked(attempt_id, outcome),
            self._take_failed,
        )
        self.changed.emit()

    def _checked(self, attempt_id: str, outcome: TakeOutcome) -> None:
        if not self.session.is_current(attempt_id):
            return
        target = self.target
        self.session.checked(attempt_id=attempt_id, outcome=outcome)
        if isinstance(outcome, TakeAccepted) and target is not None:
            self.slots[target] = outcome
            # Another sentence each time; a refused one is said again.
            self.prompt = self._next_prompt()
        self.changed.emit()

    def _take_failed(self, error: KioskError) -> None:
        self.session.stop_recording()
        self._fail(error)

    def stop(self) -> None:
        """Give the running recording up, be it a take or a quick verification."""
        if self.quick_hearing:
            self._end_quick()
        if self.session.state_id in ("listening", "checking"):
            self._bridge.stop()
            self.session.stop_recording()
        self.changed.emit()

    def retake(self, slot: int) -> None:
        """Drop the take in a slot, to be recorded again."""
        take = self.slots[slot] if 0 <= slot < len(self.slots) else None
        if take is None or self.session.state_id not in ("ready", "review"):
            return
        self._end_quick()
        self.error = self.quick = None
        index = next(i for i, kept in enumerate(self.session.takes) if kept is take)
        self.session.retake(index=index)
        self.slots[slot] = None
        self.changed.emit()

    # --- check -------------------------------------------------------------------------------

    def quick_verify(self) -> None:
        """Hear one more sentence and score it against the takes; nothing is stored."""
        if self.session.state_id != "review" or self.quick_hearing:
            return
        self.error = self.quick = None
        self.quick_hearing = True
        self.prompt = self._next_prompt()
        attempt_id = self._quick_attempt = uuid.uuid4().hex
        self._bridge.listen(
            attempt_id,
            self.session.policy.end_point,
            lambda speech, _: self._kiosk.enroll.check_take(speech),
            self._quick_done,
            self._quick_failed,
        )
        self.changed.emit()

    def _quick_done(self, outcome: TakeOutcome) -> None:
        self.quick_hearing = False
        self._quick_attempt = ""
        threshold = self.session.threshold
        if isinstance(outcome, TakeRefused):
            self.quick = QuickScore(None, threshold, outcome.reasons)
        else:
            voiceprint = Voiceprint(tuple(take.embedding for take in self.session.takes))
            self.quick = QuickScore(score(voiceprint, outcome.embedding), threshold)
            outcome.embedding.vector.fill(0.0)
        self.changed.emit()

    def _quick_failed(self, error: KioskError) -> None:
        self.quick_hearing = False
        self._quick_attempt = ""
        self._fail(error)

    def _end_quick(self) -> None:
        if self.quick_hearing:
            self._bridge.stop()
            self.quick_hearing = False
            self._quick_attempt = ""

    def save(self) -> None:
        """Store the voiceprint; on failure the takes are kept."""
        if self.session.state_id != "review":
            return
        self._end_quick()
        self.session.save()
        if self.session.state_id != "saving":
            return
        session, replacing = self.session, self.draft.replacing
        user_id, name, takes = session.user_id, session.name, tuple(session.takes)
        enroll = self._kiosk.enroll
        self._begin(
            lambda _: enroll.save(user_id, name, takes, consent=True, replacing=replacing),
            self._saved,
        )

    def _saved(self, person: Person) -> None:
        self.busy = False
        takes = self.session.takes
        self.saved = Saved(
            person.user_id,
            person.name,
            len(takes),
            number(self.session.weakest()[1]),
            takes[0].embedding.model_id,
            self.draft.replacing,
        )
        self.session.saved()
        self.slots = [None] * len(self.slots)
        if self._leaving:
            self._abandon()
        self.changed.emit()

    # --- the end -----------------------------------------------------------------------------

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
        self._end_quick()
        if self.session.state_id in ("listening", "checking"):
            self._bridge.stop()
        if self._ticket is not None:
            self._ticket.cancel()
        self.session.cancel()
        self._reset(Draft())

    def _begin(self, work: Callable[[object], object], done: Callable[..., None]) -> None:
        self.error = None
        self.busy = True
        self._ticket = self._recognition.submit(work, done, self._fail)
        self.changed.emit()

    def _fail(self, error: KioskError) -> None:
        self.busy = False
        self.session.save_failed()
        if self._leaving:
            self._abandon()
        self.error = error
        self.changed.emit()

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        if progress.attempt_id in (self.session.attempt_id, self._quick_attempt):
            self.progress.emit(progress)

    @Slot(str)
    def _on_heard(self, attempt_id: str) -> None:
        if self.session.is_current(attempt_id):
            self.session.heard(attempt_id=attempt_id)
            self.changed.emit()
        elif attempt_id == self._quick_attempt:
            self.hearing_over.emit()

    @Slot(str)
    def _on_interrupted(self, attempt_id: str) -> None:
        lost = MicrophoneFailed("The microphone was lost.")
        if self.session.is_current(attempt_id):
            self.session.nothing_heard(attempt_id=attempt_id)
            self._fail(lost)
        elif attempt_id == self._quick_attempt:
            self._quick_failed(lost)
