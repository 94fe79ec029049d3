"""Step 1: who is to be enrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.core.errors import AlreadyEnrolled, InvalidInput
from kiosk.ui.operator.parts import Field
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card, SoftPanel
from kiosk.ui.widgets.labels import IconView, Text

if TYPE_CHECKING:
    from kiosk.ui.operator.enroll.presenting.presenter import EnrollPresenter
    from kiosk.ui.operator.enroll.presenting.records import Draft
    from kiosk.ui.theme.controller import ThemeController
    from kiosk.ui.widgets.labels import Tone

_MAX_ID = 64
_MAX_NAME = 120


class PersonStep(QWidget):
    """A form of ID and name; an ID that is taken may be re-enrolled.

    Attributes:
        columns: the form and the advice, beside or below each other.

    Args:
        theme: gives looks.
        presenter: told what the operator does.
    """

    def __init__(self, theme: ThemeController, presenter: EnrollPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._shown: Draft | None = None
        self._id = Field(
            theme,
            self.tr("ID"),
            "enroll.id",
            self.tr("The badge number, or another ID used at this site."),
        )
        self._id.line.setMaxLength(_MAX_ID)
        self._name = Field(
            theme,
            self.tr("Name"),
            "enroll.name",
            self.tr("Optional. Only operators see it."),
        )
        self._name.line.setMaxLength(_MAX_NAME)
        self._replacing = SoftPanel("accent")
        _fill(
            theme,
            self._replacing,
            "refresh",
            "accent",
            self.tr(
                "Re-enrolling this person. The current voiceprint stays in use until the new "
                "one is saved."
            ),
        )
        self._taken = SoftPanel("warning")
        row = _fill(
            theme,
            self._taken,
            "alert-triangle",
            "warning",
            self.tr("This ID is enrolled already. Use another ID, or re-enroll the person."),
        )
        self._replace = Button(theme, self.tr("Re-enroll"), icon="refresh")
        self._replace.setObjectName("enroll.replace")
        row.addWidget(self._replace)

        form = Card(theme)
        for part in (self._replacing, self._id, self._name, self._taken):
            form.body.addWidget(part)
        self.columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.columns.setSpacing(theme.space("m"))
        self.columns.addWidget(form, 3, Qt.AlignmentFlag.AlignTop)
        self.columns.addWidget(self._advice(theme), 2, Qt.AlignmentFlag.AlignTop)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(self.columns)
        box.addStretch(1)

        # A badge reader ends with Enter: it moves on to the name, not past it.
        self._id.line.returnPressed.connect(self._name.line.setFocus)
        self._name.line.returnPressed.connect(self.submit)
        self._id.line.textEdited.connect(presenter.forget_error)
        self._replace.clicked.connect(presenter.replace)

    def _advice(self, theme: ThemeController) -> QWidget:
        panel = SoftPanel("neutral")
        box = QVBoxLayout(panel)
        box.setContentsMargins(*[theme.space("l")] * 4)
        box.setSpacing(theme.space("s"))
        box.addWidget(Text(self.tr("Before you begin"), "strong"))
        for sentence in (
            self.tr("The person is here and knows what this is for."),
            self.tr("The room is quiet, and the microphone is where it will be used."),
            self.tr("It takes about two minutes."),
        ):
            row = QHBoxLayout()
            row.setSpacing(theme.space("s"))
            row.addWidget(IconView(theme, "check", "text-muted", 20), 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(Text(sentence), 1)
            box.addLayout(row)
        return panel

    def show_state(self) -> None:
        """Show what the presenter knows."""
        presenter = self._presenter
        draft, error = presenter.draft, presenter.error
        # What is being typed is left alone; another draft is another person.
        if draft is not self._shown:
            self._shown = draft
            self._fill_in(draft.user_id, draft.name)
        self._id.setEnabled(not draft.replacing)
        self._replacing.setVisible(draft.replacing)
        self._taken.setVisible(isinstance(error, AlreadyEnrolled))
        invalid = isinstance(error, InvalidInput)
        self._id.complain(str(error) if invalid else "")

    def _fill_in(self, user_id: str, name: str) -> None:
        for field, text in ((self._id, user_id), (self._name, name)):
            if field.line.text() != text:
                with QSignalBlocker(field.line):
                    field.line.setText(text)

    def focus(self) -> QWidget:
        """Return what the operator will want to use first."""
        return self._name.line if self._presenter.draft.replacing else self._id.line

    @Slot()
    def submit(self) -> None:
        """Hand the form in."""
        self._presenter.describe(
            self._id.line.text(),
            self._name.line.text(),
            replacing=self._presenter.draft.replacing,
        )


def _fill(
    theme: ThemeController,
    panel: SoftPanel,
    icon: str,
    tone: Literal["accent", "warning"],
    text: str,
) -> QHBoxLayout:
    row = QHBoxLayout(panel)
    row.setContentsMargins(*[theme.space("m")] * 4)
    row.setSpacing(theme.space("m"))
    role: Tone = "on-accent-soft" if tone == "accent" else "on-warning-soft"
    row.addWidget(IconView(theme, icon, role, 24), 0, Qt.AlignmentFlag.AlignVCenter)
    row.addWidget(Text(text, "body", role), 1)
    return row
