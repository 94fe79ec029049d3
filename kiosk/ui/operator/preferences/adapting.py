"""The part of Preferences that lets voiceprints follow their people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot

from kiosk.services.voice.adapting import POLICY
from kiosk.ui.operator.parts import Tick
from kiosk.ui.operator.words import number
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.ui.navigation import Ui


class AdaptingCard(Card):
    """Switches adaptation on and off; off by default.

    Signals:
        failed: :class:`kiosk.core.errors.KioskError`.

    Args:
        ui: the use-cases, threads and looks.
    """

    failed = Signal(object)

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui.theme)
        self._adapting = ui.kiosk.adapting
        self._recognition = ui.recognition
        self._on = Tick(ui.theme, "adapting.on")
        self._on.set_text(self.tr("Update voiceprints as voices change"))
        self.body.addWidget(Text(self.tr("Voices that change"), "title"))
        self.body.addWidget(self._on)
        bounds = self.tr(
            "After a verification with PIN or badge and a score well above the threshold, the "
            "recording is added to the voiceprint. The enrolled takes stay. The last {0} "
            "additions are kept and add at most {1} to a score. You can roll a person back on "
            "the People page."
        )
        bounds = bounds.replace("{0}", str(POLICY.keep)).replace("{1}", number(POLICY.lift))
        self.body.addWidget(Text(bounds, "caption", "muted"))
        self._on.toggled.connect(self._on_toggled)

    def reload(self) -> None:
        """Read what holds."""
        self._recognition.submit(lambda _: self._adapting.on, self._show, self.failed.emit)

    def _show(self, on: bool) -> None:
        self._on.box.blockSignals(True)  # it shows what holds, and asks for nothing
        self._on.box.setChecked(on)
        self._on.box.blockSignals(False)

    def _failed(self, error: KioskError) -> None:
        self.failed.emit(error)
        self.reload()

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        def switch() -> bool:
            self._adapting.switch(on=on)
            return self._adapting.on

        self._recognition.submit(lambda _: switch(), self._show, self._failed)
