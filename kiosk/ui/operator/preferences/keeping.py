"""The part of Preferences that says how long people are kept, which the page Privacy sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal

from kiosk.ui.operator.privacy.period import preset_word
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from kiosk.core.people.retention import RetentionPolicy
    from kiosk.ui.navigation import Ui


class KeepingCard(Card):
    """The period of keeping, and the way to where it is set with its consequences in sight.

    Signals:
        failed: :class:`kiosk.core.errors.KioskError`.
        asked: somebody wants to change it.

    Args:
        ui: the use-cases, threads and looks.
    """

    failed = Signal(object)
    asked = Signal()

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui.theme)
        self._retention = ui.kiosk.retention
        self._recognition = ui.recognition
        self._period = Text("", "strong")
        self._period.setObjectName("keeping.period")
        go = Button(ui.theme, self.tr("Change on the Privacy page"), icon="shield")
        go.setObjectName("keeping.change")
        go.clicked.connect(self.asked)
        self.body.addWidget(Text(self.tr("How long people are kept"), "title"))
        self.body.addWidget(
            Text(
                self.tr(
                    "Counted from the enrollment or the last successful verification. Then all "
                    "data about the person is deleted automatically."
                ),
                "body",
                "muted",
            )
        )
        self.body.addWidget(self._period)
        self.body.addWidget(go, 0, Qt.AlignmentFlag.AlignLeft)

    def reload(self) -> None:
        """Read what holds."""
        self._recognition.submit(lambda _: self._retention.policy(), self._show, self.failed.emit)

    def _show(self, policy: RetentionPolicy) -> None:
        text = preset_word(policy.preset)
        if policy.custom_days is not None:
            text = self.tr("{0} days").replace("{0}", str(policy.custom_days))
        self._period.setText(text)
