"""The Enroll page: one step at a time, the takes beside the last two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QWidget

from kiosk.core.errors import AlreadyEnrolled, InvalidInput
from kiosk.resources import resources_dir
from kiosk.ui import messages
from kiosk.ui.hearing.prompts import load_prompts
from kiosk.ui.operator.enroll.check import CheckStep
from kiosk.ui.operator.enroll.consent import ConsentStep
from kiosk.ui.operator.enroll.done import DoneStep
from kiosk.ui.operator.enroll.person import PersonStep
from kiosk.ui.operator.enroll.presenting.presenter import EnrollPresenter
from kiosk.ui.operator.enroll.takes import TakesPanel
from kiosk.ui.operator.enroll.voice import VoiceStep
from kiosk.ui.operator.many.panel import ManyButton
from kiosk.ui.operator.overlay import confirm
from kiosk.ui.operator.parts import scrolling
from kiosk.ui.operator.screens import OperatorPage
from kiosk.ui.operator.shortcuts import Keys, bind_button
from kiosk.ui.widgets.busy_bar import BusyBar
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.step_indicator import StepIndicator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QResizeEvent

    from kiosk.ui.navigation import Ui
    from kiosk.ui.operator.screens import Navigator
    from kiosk.ui.widgets.buttons import ButtonKind

_STEP_OF = {
    "details": 0,
    "consent": 1,
    "ready": 2,
    "listening": 2,
    "checking": 2,
    "review": 3,
    "saving": 3,
    "done": 4,
}
_WIDEST = 1480
_SIDE_BY_SIDE = 900
"""Narrower than this, at 100 % text, the takes stand below instead of beside."""


class EnrollPage(OperatorPage):
    """Person, Consent, Voice, Check, Done.

    Attributes:
        waiting: ID and name of those who are to be re-enrolled after the present one.

    Args:
        ui: the use-cases, threads and looks.
        navigator: leads to other screens.
        parent: Qt parent.
    """

    def __init__(self, ui: Ui, navigator: Navigator, parent: QWidget | None = None) -> None:
        super().__init__(ui, navigator, parent)
        self.presenter = EnrollPresenter(ui, load_prompts(resources_dir()).next, self)
        theme, presenter = ui.theme, self.presenter
        self._person = PersonStep(theme, presenter)
        self._consent = ConsentStep(theme, presenter)
        self._voice = VoiceStep(theme, presenter, ui.kiosk.listener.microphone)
        self._check = CheckStep(theme, presenter)
        self._done = DoneStep(ui, presenter)
        self._takes = TakesPanel(theme, presenter)
        self._many = ManyButton(ui)
        self._views = (self._person, self._consent, self._voice, self._check, self._done)
        self._step = -1
        self.waiting: list[tuple[str, str]] = []
        self._build()
        self._connect()
        self._show_state()

    # --- what the frame needs ----------------------------------------------------------------

    def entered(self) -> None:
        """The page is shown."""
        self.presenter.enter()
        self._focus()

    def left(self) -> None:
        """The page is left: everything is wiped."""
        self.waiting.clear()
        self.presenter.leave()

    def ask_to_leave(self, leave: Callable[[], None]) -> None:
        """Leave at once, or after a question when recordings would be lost."""
        if self.presenter.has_takes:
            self._confirm(self.tr("Leave and discard the recordings?"), leave)
        else:
            leave()

    def reenroll(self, user_id: str, name: str, others: Sequence[tuple[str, str]] = ()) -> None:
        """Begin to re-enroll a known person; ID and name of those who follow, one by one."""
        self.waiting = list(others)
        self.presenter.prefill(user_id, name)

    # --- building ----------------------------------------------------------------------------

    def _build(self) -> None:
        theme = self.theme
        self._flow = QWidget()
        self._flow.setObjectName("enroll")
        self._flow.setMaximumWidth(_WIDEST)
        names = (self.tr("Person"), self.tr("Consent"), self.tr("Voice"), self.tr("Check"))
        self._indicator = StepIndicator(theme, (*names, self.tr("Done")))
        self._error = HintBanner(theme)
        self._error.setObjectName("enroll.error")
        self._busy = BusyBar(theme)
        for part in (self._error, self._busy):
            # Errors and waiting are rare: they take no room beforehand.
            policy = part.sizePolicy()
            policy.setRetainSizeWhenHidden(False)
            part.setSizePolicy(policy)
        content = QWidget()
        self._split = QBoxLayout(QBoxLayout.Direction.LeftToRight, content)
        self._split.setContentsMargins(0, 0, 0, 0)
        self._split.setSpacing(theme.space("m"))
        # Hidden, not stacked: a step must not be as tall as the tallest of them.
        for view in self._views:
            view.hide()
            self._split.addWidget(view, 5)
        self._split.addWidget(self._takes, 3)
        self._area = scrolling(theme, content)
        box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self._flow)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("m"))
        box.addWidget(self._indicator)
        box.addWidget(self._error)
        box.addWidget(self._busy)
        box.addWidget(self._area, 1)
        center = QHBoxLayout()
        center.addWidget(self._flow)
        self.body.addLayout(center, 1)
        self._flow.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._add_buttons()

    def _add_buttons(self) -> None:
        self._cancel = self._made("enroll.cancel", self.tr("Cancel"), "quiet")
        self._back = self._made("enroll.back", self.tr("Back"), icon="arrow-left")
        self._next = self._made("enroll.next", self.tr("Continue"), "primary")
        self._save = self._made("enroll.save", self.tr("Save voiceprint"), "primary", "check")
        self._new = self._made("enroll.new", self.tr("Enroll another"), "primary", "user-plus")
        for button in (self._cancel, self._many):
            self.add_footer(button, "left")
        for button in (self._back, self._next, self._save, self._new):
            self.add_footer(button)
        for button in (self._next, self._save, self._new):
            bind_button(Keys.NEXT, button)

    def _made(self, name: str, text: str, kind: ButtonKind = "secondary", icon: str = "") -> Button:
        button = Button(self.theme, text, kind, icon=icon or None)
        button.setObjectName(name)
        return button

    def _connect(self) -> None:
        self._cancel.clicked.connect(self._on_cancel)
        self._back.clicked.connect(self.presenter.back)
        self._next.clicked.connect(self._on_next)
        self._save.clicked.connect(self.presenter.save)
        self._new.clicked.connect(self.enroll_next)
        self._busy.cancelled.connect(self.presenter.cancel)
        self._consent.ticked.connect(self._show_buttons)
        self.presenter.changed.connect(self._show_state)

    # --- what happens ------------------------------------------------------------------------

    @Slot()
    def _show_state(self) -> None:
        presenter = self.presenter
        state = presenter.session.state_id
        self._flow.setProperty("kioskState", state)
        step = _STEP_OF[state]
        self._views[step].show_state()
        if step in (2, 3):
            self._takes.show_state()
        self._takes.setVisible(step in (2, 3))
        self._show_error()
        self._show_busy(state)
        self._show_buttons()
        if step != self._step:
            self._step = step
            # The last step is only reached when all is done.
            self._indicator.set_current(step if step < 4 else 5)
            for place, view in enumerate(self._views):
                view.setVisible(place == step)
            self._area.verticalScrollBar().setValue(0)
            self._focus()

    def _show_error(self) -> None:
        error = self.presenter.error
        # The form speaks for itself about what was typed.
        if error is None or isinstance(error, InvalidInput | AlreadyEnrolled):
            self._error.clear()
            return
        message = messages.for_error(error)
        text = f"{message.title.rstrip('.')}. {message.hint} ({message.code})"
        self._error.show_hint(text, "negative", message.icon)

    def _show_busy(self, state: str) -> None:
        if not self.presenter.busy:
            self._busy.stop()
        elif state == "saving":
            self._busy.start(self.tr("Saving …"), can_cancel=False)
        else:
            self._busy.start(self.tr("Checking the ID …"))

    @Slot()
    def _show_buttons(self) -> None:
        presenter = self.presenter
        state = presenter.session.state_id
        step = _STEP_OF[state]
        self._cancel.setVisible(presenter.started)
        self._cancel.setEnabled(state != "saving")
        self._many.setVisible(step == 0 and not presenter.started)
        self._back.setVisible(step in (1, 2))
        self._back.setEnabled(state in ("consent", "ready"))
        self._next.setVisible(step in (0, 1))
        self._next.setEnabled(
            not presenter.busy and (step == 0 or (step == 1 and self._consent.agreed))
        )
        self._save.setVisible(step == 3)
        session = presenter.session
        self._save.setEnabled(state == "review" and session.consistent() and session.decided())
        self._new.setVisible(step == 4)
        following = self.waiting[0] if self.waiting else None
        self._new.set_text(
            self.tr("Enroll another")
            if following is None
            else self.tr("Next: {0}").replace("{0}", following[1] or following[0])
        )

    def _focus(self) -> None:
        if not self.isVisible() or not self.isActiveWindow():
            return
        view = self._views[self._step]
        target = self._new if isinstance(view, DoneStep) else view.focus()
        target.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._area.isAncestorOf(target):
            self._area.ensureWidgetVisible(target)

    @Slot()
    def _on_next(self) -> None:
        if self._step == 0:
            self._person.submit()
        elif self._consent.agreed:
            self.presenter.agree()

    @Slot()
    def enroll_next(self) -> None:
        """Begin with the next one of those who wait, or with an empty form."""
        if self.waiting:
            self.presenter.prefill(*self.waiting.pop(0))
        else:
            self.presenter.cancel()

    @Slot()
    def _on_cancel(self) -> None:
        if self.presenter.has_takes:
            self._confirm(self.tr("Discard the recordings?"), self.presenter.cancel)
        else:
            self.presenter.cancel()

    def _confirm(self, question: str, confirmed: Callable[[], None]) -> None:
        self.presenter.stop_hearing()
        lost = self.tr("Nothing has been saved yet. Discarded recordings cannot be recovered.")
        texts = (question, lost, self.tr("Discard"))
        confirm(self.theme, self, "enroll.confirm", texts, confirmed, self.tr("Keep enrolling"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the takes beside or below, as there is room."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Arrange anew when the text is larger."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_split"):
            self._arrange()

    def _arrange(self) -> None:
        room = self.width() * 100 / self.theme.text_scale
        beside = room >= _SIDE_BY_SIDE
        row, below = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._split.setDirection(row if beside else below)
        self._person.columns.setDirection(row if beside else below)
