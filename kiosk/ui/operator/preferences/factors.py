"""The part of Preferences that asks for a PIN or badge beside the voice."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication

from kiosk.core.second_factor import FactorRule
from kiosk.ui.operator.preferences.choosing import ChoiceCard
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.ui.navigation import Ui


class _Without(NamedTuple):
    """People who have neither PIN nor badge, and how many people there are."""

    without: int
    people: int


class FactorsCard(ChoiceCard[FactorRule]):
    """What is asked for beside the voice.

    Args:
        ui: the use-cases, threads and looks.
    """

    def __init__(self, ui: Ui) -> None:
        self._factors = ui.kiosk.second_factors
        self._people = ui.kiosk.people
        explanation = _tr(
            "A voice can be recorded and imitated; a PIN or badge beside it stops that. Everybody "
            "is asked alike, whether they have one or not. It is given on the page People."
        )
        super().__init__(
            ui,
            "factors",
            (_tr("PIN or badge beside the voice"), explanation),
            (
                ("none", FactorRule.NONE, _tr("Not asked for")),
                ("optional", FactorRule.OPTIONAL, _tr("Of whoever has one")),
                ("required", FactorRule.REQUIRED, _tr("Of everybody")),
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
        self._fixed = "" if not least else _tr("The configuration file asks for at least this.")

    def _count(self) -> _Without:
        ids = {each.person.user_id for each in self._people.everybody()}
        return _Without(len(ids - self._factors.holders().keys()), len(ids))

    def _show_count(self, found: _Without) -> None:
        text = _tr("{0} of {1} people have neither PIN nor badge.")
        text = text.replace("{0}", str(found.without)).replace("{1}", str(found.people))
        self._note.setText(f"{text} {self._fixed}".strip())

    def _not_counted(self, error: KioskError) -> None:
        self._note.setText(self._fixed)
        self.failed.emit(error)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Preferences", text)
