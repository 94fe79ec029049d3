"""The choice of a period of keeping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal, Slot
from PySide6.QtWidgets import QRadioButton, QVBoxLayout, QWidget

from kiosk.core.errors import InvalidInput
from kiosk.core.people.retention import MAX_DAYS, MAX_WARN_DAYS, Preset, RetentionPolicy
from kiosk.ui.operator.parts import Field
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from kiosk.ui.theme.controller import ThemeController


class PeriodCard(Card):
    """Presets, a number of days of the site's own, and when operators are warned.

    Signals:
        wanted: :class:`kiosk.core.people.retention.RetentionPolicy` that is to be set.

    Args:
        theme: gives looks.
    """

    wanted = Signal(object)

    def __init__(self, theme: ThemeController) -> None:
        super().__init__(theme)
        self._shown: RetentionPolicy | None = None
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
        self._buttons: dict[Preset, QRadioButton] = {}
        self._chosen = Preset.BIPA
        choices = QWidget()
        box = QVBoxLayout(choices)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        for preset in Preset:
            button = QRadioButton(preset_word(preset))
            button.setObjectName(f"privacy.period.{preset.value}")
            # A group takes all but the checked one from the Tab key.
            button.setAutoExclusive(False)
            button.setMinimumHeight(theme.target("operator"))
            button.clicked.connect(lambda _=False, preset=preset: self._choose(preset))
            self._buttons[preset] = button
            box.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(choices)
        days = self.tr("1 to {0}").replace("{0}", str(MAX_DAYS))
        self._days = Field(theme, self.tr("Days"), "privacy.days", days)
        warn = self.tr("0 to {0}, shown on the People page").replace("{0}", str(MAX_WARN_DAYS))
        self._warn = Field(
            theme, self.tr("Warn operators (days before)"), "privacy.warn_days", warn
        )
        for field in (self._days, self._warn):
            field.setMaximumWidth(480)
            field.line.returnPressed.connect(self._submit)
            self.body.addWidget(field)
        self._risk = Text(
            self.tr(
                "Nobody is deleted automatically. Most laws on biometric data require a limit."
            ),
            "body",
            "warning",
        )
        self.body.addWidget(self._risk)
        self._set = Button(theme, self.tr("Set period"), "primary")
        self._set.setObjectName("privacy.set")
        self._set.clicked.connect(self._submit)
        self.body.addWidget(self._set, 0, Qt.AlignmentFlag.AlignLeft)
        self._choose(Preset.BIPA)

    def show_policy(self, policy: RetentionPolicy) -> None:
        """Show what holds, unless the operator is choosing something else."""
        if self._shown == policy:
            return
        self._shown = policy
        self._choose(policy.preset)
        self._days.line.setText("" if policy.custom_days is None else str(policy.custom_days))
        self._warn.line.setText(str(policy.warn_days))

    def forget(self) -> None:
        """Show what holds again, the next time that it is shown."""
        self._shown = None
        for field in (self._days, self._warn):
            field.complain("")

    def focus(self) -> QWidget:
        """Return what the operator will want to use first."""
        return self._buttons[self._chosen]

    def _choose(self, preset: Preset) -> None:
        self._chosen = preset
        for each, button in self._buttons.items():
            button.setChecked(each is preset)
        self._days.setVisible(preset is Preset.CUSTOM)
        self._risk.setVisible(preset is Preset.NONE)

    @Slot()
    def _submit(self) -> None:
        preset = self._chosen
        days = _number(self._days) if preset is Preset.CUSTOM else None
        warn = _number(self._warn)
        if warn is None or (preset is Preset.CUSTOM and days is None):
            return
        try:
            policy = RetentionPolicy(preset, days, warn)
        except InvalidInput as error:
            wrong = self._days if days is not None and not 1 <= days <= MAX_DAYS else self._warn
            wrong.complain(error.hint)
            return
        self.wanted.emit(policy)


def preset_word(preset: Preset) -> str:
    """Return what a preset is called, translated."""
    return {
        Preset.BIPA: _tr("3 years (Illinois, BIPA)"),
        Preset.COLORADO: _tr("24 months (Colorado, HB24-1130)"),
        Preset.TEXAS: _tr("1 year (Texas, CUBI)"),
        Preset.CUSTOM: _tr("Custom"),
        Preset.NONE: _tr("No limit"),
    }[preset]


def _number(field: Field) -> int | None:
    """Return the number in a field; complains there and returns None when it is none."""
    text = field.line.text().strip()
    if text.isdecimal() and len(text) <= 6:
        field.complain("")
        return int(text)
    field.complain(_tr("Type a number."))
    return None


def _tr(text: str) -> str:
    return QCoreApplication.translate("Privacy", text)
