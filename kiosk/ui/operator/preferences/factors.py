"""The part of Preferences that asks for a PIN or badge as well as the voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from kiosk.core.limits.second_factor import FactorRule
from kiosk.ui.operator.overlay import confirm
from kiosk.ui.operator.preferences.choosing import ChoiceCard
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.services.visit.shut_out import ShutOut
    from kiosk.ui.navigation import Ui


class FactorsCard(ChoiceCard[FactorRule]):
    """What is asked for beside the voice.

    Args:
        ui: the use-cases, threads and looks.
    """

    def __init__(self, ui: Ui) -> None:
        self._theme = ui.theme
        self._factors = ui.kiosk.second_factors
        self._shut_outs = ui.kiosk.shut_outs
        explanation = _tr(
            "A voice can be recorded or imitated; a PIN or badge as well makes that harder. "
            "The kiosk asks everyone alike. Set PINs and badges on the People page."
        )
        super().__init__(
            ui,
            "factors",
            (_tr("PIN or badge as well as voice"), explanation),
            (
                ("none", FactorRule.NONE, _tr("Nobody")),
                ("optional", FactorRule.OPTIONAL, _tr("Only people who have one")),
                ("required", FactorRule.REQUIRED, _tr("Everyone")),
            ),
        )
        self._note = Text("", "caption", "muted")
        self._note.setObjectName("factors.note")
        self.body.addWidget(self._note)
        self._offer()

    def read(self) -> FactorRule:
        """Return what holds."""
        return self._factors.in_force()

    def write(self, value: FactorRule) -> None:
        """Choose; recorded."""
        self._factors.set_rule(value)

    def reload(self) -> None:
        """Read what holds, and who has neither PIN nor badge."""
        super().reload()
        self._recognition.submit(lambda _: self._count(), self._show_count, self._not_counted)

    def _offer(self) -> None:
        rules = list(FactorRule)
        least = rules.index(self._factors.configured)
        for rule, button in self._buttons:
            button.setEnabled(rules.index(rule) >= least)
        self._fixed = "" if not least else _tr("The configuration file requires at least this.")

    def _choose(self, value: FactorRule) -> None:
        """Ask first where people who can be verified today would be turned away."""
        if value is not FactorRule.REQUIRED:
            super()._choose(value)
            return
        # Counted anew: somebody may have got a PIN since the page was opened.
        self._recognition.submit(lambda _: self._count_new(), self._ask, self._failed)

    def _count_new(self) -> ShutOut | None:
        """Return who would be turned away; None where the rule holds already."""
        return None if self.read() is FactorRule.REQUIRED else self._count()

    def _ask(self, found: ShutOut | None) -> None:
        if found is None or not found.count:
            super()._choose(FactorRule.REQUIRED)
            return
        self.reload()  # nothing is chosen yet
        lost = _tr("{0} of {1} people have neither PIN nor badge. The kiosk will turn them away.")
        lost = lost.replace("{0}", f"{found.count:,}").replace("{1}", f"{found.people:,}")
        advice = _tr("Give them one on the People page first.")
        texts = (
            _tr("Turn away {0} people?").replace("{0}", f"{found.count:,}")
            if found.count > 1
            else _tr("Turn away 1 person?"),
            f"{lost} {advice}",
            _tr("Ask everyone"),
        )
        choose = super()._choose
        confirm(self._theme, self, "factors.confirm", texts, lambda: choose(FactorRule.REQUIRED))

    def _count(self) -> ShutOut:
        return self._shut_outs.without_factor()

    def _show_count(self, found: ShutOut) -> None:
        text = _tr("{0} of {1} people have neither PIN nor badge.")
        text = text.replace("{0}", f"{found.count:,}").replace("{1}", f"{found.people:,}")
        self._note.setText(f"{text} {self._fixed}".strip())

    def _not_counted(self, error: KioskError) -> None:
        self._note.setText(self._fixed)
        self.failed.emit(error)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Preferences", text)
