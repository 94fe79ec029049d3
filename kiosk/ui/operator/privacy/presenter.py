"""What happens on the Privacy page; knows no widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.errors import KioskError
    from kiosk.core.people.consent import ConsentText
    from kiosk.core.people.retention import RetentionPolicy
    from kiosk.services.people.retention import Purge, RetentionStatus
    from kiosk.ui.navigation import Ui


@dataclass(frozen=True)
class Shown:
    """What the page shows.

    Attributes:
        status: how long people are kept.
        texts: the consent texts, one in each language.
    """

    status: RetentionStatus
    texts: tuple[ConsentText, ...]


class PrivacyPresenter(QObject):
    """Reads and sets the period, and has the purge done, in the recognition thread.

    Signals:
        loaded: :class:`Shown`, after every change too.
        foreseen: :class:`kiosk.services.people.retention.RetentionStatus` of a period that is not
            set.
        stored: the period is set.
        purged: how many people were erased.
        failed: :class:`kiosk.core.errors.KioskError`.

    Args:
        ui: the use-cases and the threads.
        parent: Qt parent.
    """

    loaded = Signal(object)
    foreseen = Signal(object)
    stored = Signal()
    purged = Signal(int)
    failed = Signal(object)

    def __init__(self, ui: Ui, parent: QObject) -> None:
        super().__init__(parent)
        self._kiosk = ui.kiosk
        self._recognition = ui.recognition

    def reload(self) -> None:
        """Read everything."""
        self._recognition.submit(lambda _: self._shown(), self.loaded.emit, self.failed.emit)

    def foresee(self, policy: RetentionPolicy) -> None:
        """Read whom another period would erase."""
        retention = self._kiosk.retention
        self._recognition.submit(
            lambda _: retention.status(policy), self.foreseen.emit, self.failed.emit
        )

    def store(self, policy: RetentionPolicy) -> None:
        """Set another period."""
        self._do(lambda: self._kiosk.retention.set(policy), lambda _: self.stored.emit())

    def purge(self) -> None:
        """Erase whose time has come; whoever asks for it vouches for the date."""

        def done(purge: Purge) -> None:
            self.purged.emit(len(purge.erased))

        self._do(lambda: self._kiosk.retention.run(date_is_right=True), done)

    def _do(self, work: Callable[[], object], done: Callable[..., None]) -> None:
        def change() -> tuple[object, Shown]:
            return work(), self._shown()

        def changed(found: tuple[object, Shown]) -> None:
            self.loaded.emit(found[1])
            done(found[0])

        def failed(error: KioskError) -> None:
            self.failed.emit(error)
            self.reload()

        self._recognition.submit(lambda _: change(), changed, failed)

    def _shown(self) -> Shown:
        consents = self._kiosk.consents
        texts = tuple(consents.text(language) for language in consents.languages())
        return Shown(self._kiosk.retention.status(), texts)
