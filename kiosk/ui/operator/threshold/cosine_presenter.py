"""Reads, measures and sets the threshold in the recognition thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.core.measuring.false_accepts import StrangerTest
    from kiosk.services.visit.shut_out import Standing
    from kiosk.ui.navigation import Ui


@dataclass(frozen=True)
class Thresholds:
    """The threshold of the voice model in use.

    Attributes:
        in_force: cosine in (0, 1).
        default: the model's own.
        test: strangers against everybody enrolled.
        standing: how those score who can be verified today.
    """

    in_force: float
    default: float
    test: StrangerTest
    standing: Standing


class CosinePresenter(QObject):
    """The threshold, and what it means here.

    Signals:
        loaded: :class:`Thresholds`, after every change too.
        failed: :class:`kiosk.core.errors.KioskError`.

    Args:
        ui: the use-cases and threads.
        parent: Qt parent.
    """

    loaded = Signal(object)
    failed = Signal(object)

    def __init__(self, ui: Ui, parent: QObject) -> None:
        super().__init__(parent)
        self._kiosk = ui.kiosk
        self._recognition = ui.recognition

    def load(self) -> None:
        """Read what holds, and compare strangers with everybody."""
        self._recognition.submit(lambda _: self._read(), self.loaded.emit, self.failed.emit)

    @Slot(object)
    def set(self, value: float | None) -> None:
        """Set another threshold; None for the model's own."""

        def work() -> Thresholds:
            self._kiosk.preferences.set_threshold(self._kiosk.engine.card, value)
            return self._read()

        self._recognition.submit(lambda _: work(), self.loaded.emit, self._on_failed)

    def _read(self) -> Thresholds:
        test = self._kiosk.false_accepts.measure()
        card = self._kiosk.engine.card
        in_force = self._kiosk.preferences.threshold(card)
        return Thresholds(in_force, card.threshold, test, self._kiosk.shut_outs.standing())

    def _on_failed(self, error: KioskError) -> None:
        self.failed.emit(error)
        self.load()
