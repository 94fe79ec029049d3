"""Whether the voice is somebody else's already: compared with the last take, then decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal

from kiosk.core.errors import EnrollmentRefused, ReenrollmentNeeded
from kiosk.core.visit.outcomes import TakeAccepted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.enroll.enrollment import EnrollmentSession
    from kiosk.core.hearing.speech import Speech
    from kiosk.core.visit.outcomes import TakeOutcome
    from kiosk.core.voice.duplicates import Alike
    from kiosk.core.voice.scoring import Agreement
    from kiosk.ui.navigation import Ui


class Judged(NamedTuple):
    """A recording; whether all takes are of one voice, and whom they are like, with the last."""

    outcome: TakeOutcome
    alike: tuple[Alike, ...] = ()
    agreement: Agreement | None = None


class Likeness(QObject):
    """Compares the takes of a session with everybody, and takes the operator's decision.

    Signals:
        changed: it was decided that this is another person.
        given_up: it is the same person, and nobody is enrolled.
        reenroll: the same, and ID and name of whom to re-enroll.
        failed: :class:`kiosk.core.errors.KioskError`.

    Args:
        ui: the use-cases and the recognition thread.
        session: owns the takes.
        parent: Qt parent.
    """

    changed = Signal()
    given_up = Signal()
    reenroll = Signal(str, str)
    failed = Signal(object)

    def __init__(self, ui: Ui, session: EnrollmentSession, parent: QObject) -> None:
        super().__init__(parent)
        self._enroll = ui.kiosk.enroll
        self._recognition = ui.recognition
        self._session = session

    def judge(self, speech: Speech, user_id: str, earlier: Sequence[TakeAccepted]) -> Judged:
        """Judge a take, and compare all of them when it is the last; for the recognition thread.

        Args:
            speech: the recording.
            user_id: who is being enrolled.
            earlier: the takes that were accepted before.

        Raises:
            KioskError: it cannot be judged or compared; the take is lost, for nothing may be
                stored uncompared.
        """
        outcome = self._enroll.check_take(speech)
        if not isinstance(outcome, TakeAccepted):
            return Judged(outcome)
        takes = (*earlier, outcome)
        agreement: Agreement | None = None
        try:
            agreement = self._enroll.agreement(takes)
            if len(takes) < self._session.policy.takes:
                return Judged(outcome, agreement=agreement)
            return Judged(outcome, self._enroll.duplicates(user_id, takes), agreement)
        except (EnrollmentRefused, ReenrollmentNeeded):
            # Not of one voice, which the page shows; or a model was changed, which saving tells.
            return Judged(outcome, agreement=agreement)
        except BaseException:
            outcome.wipe()
            raise

    def different(self, reason: str) -> None:
        """Decide that this is another person.

        Raises:
            InvalidInput: the reason cannot be used.
        """
        self._session.decide(reason)
        self.changed.emit()

    def same(self, candidate: Alike | None = None) -> None:
        """Decide that this is the same person, which is recorded before the takes are given up.

        Args:
            candidate: whom to re-enroll in the place of enrolling somebody; None for nobody.
        """
        user_id, alike = self._session.user_id, self._session.alike

        def done(_: object) -> None:
            if candidate is None:
                self.given_up.emit()
            else:
                self.reenroll.emit(candidate.user_id, candidate.name)

        self._recognition.submit(
            lambda _: self._enroll.refuse_duplicate(user_id, alike), done, self.failed.emit
        )
