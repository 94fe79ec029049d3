"""Step 4, when the voice is like that of others: who they are, and what the operator decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from kiosk.core.errors import InvalidInput
from kiosk.core.voice.duplicates import MAX_REASON
from kiosk.ui.operator.parts import Field, empty
from kiosk.ui.operator.words import local_date, number
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from kiosk.core.voice.duplicates import Alike
    from kiosk.ui.operator.enroll.presenting.presenter import EnrollPresenter
    from kiosk.ui.theme.controller import ThemeController

_MOST = 5
"""People shown; more are only counted."""


class AlikeCard(Card):
    """Asks whether this is somebody who is enrolled already; nothing is saved before the answer.

    Args:
        theme: gives looks.
        presenter: compared the takes.
    """

    def __init__(self, theme: ThemeController, presenter: EnrollPresenter) -> None:
        super().__init__(theme, "m")
        self.setObjectName("enroll.alike")
        self._theme = theme
        self._presenter = presenter
        self._shown: tuple[Alike, ...] = ()
        self._warning = HintBanner(theme)
        self._warning.setObjectName("enroll.alike_warning")
        self._people = QVBoxLayout()
        self._people.setSpacing(theme.space("s"))
        self.body.addWidget(Text(self.tr("Is this person already enrolled?"), "title"))
        self.body.addWidget(self._warning)
        self.body.addLayout(self._people)
        self._question = self._make_question()
        self.body.addWidget(self._question)
        self.hide()

    def _make_question(self) -> QWidget:
        theme = self._theme
        self._reason = Field(
            theme,
            self.tr("Different person? Give a reason"),
            "enroll.alike_reason",
            self.tr("For example: twins, or the ID was checked. Saved with the enrollment."),
        )
        self._reason.line.setMaxLength(MAX_REASON)
        self._reason.line.returnPressed.connect(self._decide)
        self._different = Button(theme, self.tr("Different person: continue"), icon="user-plus")
        self._different.setObjectName("enroll.alike_different")
        self._different.clicked.connect(self._decide)
        self._same = Button(theme, self.tr("Same person: stop"), icon="stop")
        self._same.setObjectName("enroll.alike_same")
        self._same.clicked.connect(self._stop)
        question = QWidget()
        box = QVBoxLayout(question)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("s"))
        box.addWidget(self._reason)
        row = QHBoxLayout()
        row.setSpacing(theme.space("s"))
        row.addWidget(self._different)
        row.addWidget(self._same)
        row.addStretch(1)
        box.addLayout(row)
        return question

    @property
    def first(self) -> QLineEdit:
        """Return what has the focus while it is not decided."""
        return self._reason.line

    def show_state(self) -> None:
        """Show what the presenter knows."""
        session = self._presenter.session
        alike = session.alike
        self.setVisible(bool(alike))
        if alike != self._shown:
            self._shown = alike
            self._reason.line.clear()
            self._reason.complain("")
            self._show_people(alike)
        if not alike:
            self._warning.clear()
            return
        undecided = not session.decided()
        if undecided:
            self._warning.show_hint(self._words(alike), "warning")
        elif session.decision is not None:
            said = self.tr("You decided that this is a different person: {0}")
            self._warning.show_hint(said.replace("{0}", session.decision.reason), "neutral")
        self._question.setVisible(undecided)
        for button in self.findChildren(Button):
            button.setEnabled(session.state_id == "review" and undecided)

    def _words(self, alike: tuple[Alike, ...]) -> str:
        if len(alike) == 1:
            return self.tr(
                "This voice is similar to that of an enrolled person. Compare the people, then "
                "decide. Nothing is saved until you decide."
            )
        text = self.tr(
            "This voice is similar to those of {0} enrolled people. Compare the people, then "
            "decide. Nothing is saved until you decide."
        )
        return text.replace("{0}", str(len(alike)))

    def _show_people(self, alike: tuple[Alike, ...]) -> None:
        empty(self._people)
        for place, candidate in enumerate(alike[:_MOST]):
            self._people.addWidget(self._person(place, candidate))
        if len(alike) > _MOST:
            more = self.tr("and {0} more").replace("{0}", str(len(alike) - _MOST))
            self._people.addWidget(Text(more, "body", "muted"))

    def _person(self, place: int, candidate: Alike) -> QWidget:
        who = candidate.name or candidate.user_id
        facts = self.tr("ID {0}, enrolled {1}, score {2} (warning threshold {3})")
        values = (
            candidate.user_id,
            local_date(candidate.enrolled_at),
            number(candidate.score),
            number(candidate.threshold),
        )
        for position, value in enumerate(values):
            facts = facts.replace(f"{{{position}}}", value)
        if not candidate.enabled:
            facts = self.tr("{0}, disabled").replace("{0}", facts)
        again = Button(self._theme, self.tr("Same person: re-enroll"), icon="refresh")
        again.setObjectName(f"enroll.alike_reenroll.{place}")
        again.setAccessibleDescription(f"{who}. {facts}")
        again.clicked.connect(lambda: self._presenter.likeness.same(candidate))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Text(who, "strong"))
        words.addWidget(Text(facts, "caption", "muted"))
        shown = QWidget()
        row = QHBoxLayout(shown)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._theme.space("m"))
        row.addLayout(words, 1)
        row.addWidget(again, 0, Qt.AlignmentFlag.AlignVCenter)
        return shown

    @Slot()
    def _decide(self) -> None:
        try:
            self._presenter.likeness.different(self._reason.line.text())
        except InvalidInput as error:
            self._reason.complain(str(error))
            self._reason.line.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _stop(self) -> None:
        self._presenter.likeness.same()
