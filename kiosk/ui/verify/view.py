"""The self-service side: shows what the presenter says, tells it what people do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.core.limits.second_factor import FactorRule
from kiosk.ui.fading_stack import FadingStack
from kiosk.ui.navigation import Route
from kiosk.ui.verify.other_ways import OtherWaysPage
from kiosk.ui.verify.presenting.shown import Page
from kiosk.ui.verify.welcome import WelcomePage

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from kiosk.ui.messages import Message
    from kiosk.ui.navigation import Ui
    from kiosk.ui.verify.confirm import ConfirmPage
    from kiosk.ui.verify.presenting.presenter import VerifyPresenter
    from kiosk.ui.verify.presenting.shown import Result
    from kiosk.ui.verify.result import ResultPage
    from kiosk.ui.verify.speak import SpeakPage
    from kiosk.ui.verify.who import WhoPage


class VerifyView(QWidget):
    """All self-service pages; those after Welcome are made when they are first needed.

    Its dynamic property ``kioskState`` is always the presenter's state.
    """

    def __init__(self, ui: Ui, presenter: VerifyPresenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("verify")
        self._ui = ui
        self._presenter = presenter
        self._who: WhoPage | None = None
        self._confirm: ConfirmPage | None = None
        self._speak: SpeakPage | None = None
        self._result: ResultPage | None = None
        self._stack = FadingStack(ui.theme, self)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._stack)
        self._welcome = WelcomePage(ui.theme)
        self._welcome.started.connect(presenter.begin_visit)
        self._welcome.asked_other_ways.connect(presenter.show_other_ways)
        self._welcome.asked_operator.connect(self._ask_operator)
        self._other = OtherWaysPage(ui.theme)
        self._other.left.connect(presenter.end_visit)
        for page in (self._welcome, self._other):
            self._stack.addWidget(page)

        presenter.state_changed.connect(self._on_state)
        presenter.page_changed.connect(self._on_page)
        presenter.service_changed.connect(self._on_service)
        presenter.claim_changed.connect(self._on_claim)
        presenter.prompt_changed.connect(self._on_prompt)
        presenter.progress_changed.connect(self._on_progress)
        presenter.hint_changed.connect(self._on_hint)
        presenter.result_changed.connect(self._on_result)
        presenter.countdown_changed.connect(self._on_countdown)
        self._on_state(presenter.state)
        self._on_service()

    # --- called by the shell -----------------------------------------------------------------

    def entered(self) -> None:
        """Begin with the page that the presenter is at."""
        self._on_page(self._presenter.page)

    def left(self) -> None:
        """End the visit: the window shows something else."""
        self._presenter.end_visit()

    @Slot()
    def touched(self) -> None:
        """Stop counting down: somebody is here."""
        self._presenter.hold()

    def warm_up(self) -> None:
        """Make the remaining pages, one after the other, while nobody waits for anything."""
        # The plotting library behind the waveform takes a moment to be imported.
        QTimer.singleShot(0, self, self._warm_speak)

    @Slot()
    def _warm_speak(self) -> None:
        self._speak_page()
        QTimer.singleShot(0, self, self._warm_rest)

    @Slot()
    def _warm_rest(self) -> None:
        self._who_page()
        self._result_page()

    def _ask_who(self) -> None:
        page = self._who_page()
        page.begin()
        # IDs may have been added since the last visit, with characters of their own.
        self._ui.recognition.submit(lambda _: self._ui.kiosk.people.typed_beside(), page.offer)

    # --- pages -------------------------------------------------------------------------------

    def _who_page(self) -> WhoPage:
        if self._who is None:
            from kiosk.ui.verify.who import WhoPage

            self._who = WhoPage(self._ui.theme)
            self._who.claimed.connect(self._presenter.claim)
            self._who.left.connect(self._presenter.end_visit)
            self._who.asked_other_ways.connect(self._presenter.show_other_ways)
            self._stack.addWidget(self._who)
        return self._who

    def _confirm_page(self) -> ConfirmPage:
        if self._confirm is None:
            from kiosk.ui.verify.confirm import ConfirmPage

            self._confirm = ConfirmPage(self._ui.theme)
            self._confirm.confirmed.connect(self._presenter.confirm)
            self._confirm.left.connect(self._presenter.end_visit)
            self._confirm.asked_other_ways.connect(self._presenter.show_other_ways)
            self._stack.addWidget(self._confirm)
        return self._confirm

    def _speak_page(self) -> SpeakPage:
        if self._speak is None:
            from kiosk.ui.verify.speak import SpeakPage

            self._speak = SpeakPage(self._ui.theme, self._ui.kiosk.listener.microphone)
            self._speak.cancelled.connect(self._presenter.end_visit)
            self._speak.asked_other_ways.connect(self._presenter.show_other_ways)
            self._stack.addWidget(self._speak)
        return self._speak

    def _result_page(self) -> ResultPage:
        if self._result is None:
            from kiosk.ui.verify.result import ResultPage

            self._result = ResultPage(self._ui.theme)
            self._result.again.connect(self._presenter.retry)
            self._result.done.connect(self._presenter.end_visit)
            self._result.asked_other_ways.connect(self._presenter.show_other_ways)
            self._stack.addWidget(self._result)
        return self._result

    # --- what the presenter says -------------------------------------------------------------

    @Slot(str)
    def _on_state(self, state: str) -> None:
        if state == "analysing":
            self._speak_page().show_checking()
        self.setProperty("kioskState", state)

    @Slot(object)
    def _on_page(self, page: Page) -> None:
        shown: QWidget
        if page is Page.WHO:
            shown = self._who_page()
        elif page is Page.CONFIRM:
            shown = self._confirm_page()
        elif page is Page.SPEAK:
            shown = self._speak_page()
        elif page is Page.RESULT:
            shown = self._result_page()
        else:
            shown = self._other if page is Page.OTHER_WAYS else self._welcome
        self._stack.turn_to(shown)
        if page is Page.WHO:
            self._ask_who()
        elif page is Page.CONFIRM:
            self._confirm_page().begin(
                required=self._ui.kiosk.second_factors.rule is FactorRule.REQUIRED,
                shown=self._presenter.factors.badge,
            )
        else:
            # No control has the focus, so none wears a ring before somebody uses the keyboard.
            # Enter and Escape work all the same, see keyPressEvent.
            shown.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_service(self) -> None:
        if self._presenter.ready:
            self._welcome.show_ready()
        else:
            self._welcome.show_getting_ready(self._presenter.status)

    @Slot(bool, object)
    def _on_claim(self, pending: bool, message: Message | None) -> None:
        self._who_page().show_claim(pending, message)

    @Slot(str)
    def _on_prompt(self, sentence: str) -> None:
        self._speak_page().show_prompt(sentence)

    @Slot(float)
    def _on_progress(self, share: float) -> None:
        self._speak_page().show_progress(share)

    @Slot(object)
    def _on_hint(self, message: Message | None) -> None:
        self._speak_page().show_hint(message)

    @Slot(object)
    def _on_result(self, result: Result) -> None:
        self._result_page().show_result(result)

    @Slot(int)
    def _on_countdown(self, seconds: int) -> None:
        self._result_page().show_countdown(seconds)

    # --- what people do ----------------------------------------------------------------------

    @Slot()
    def _ask_operator(self) -> None:
        self._ui.go(Route.SIGN_IN)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what nobody closer to the focus did: Enter goes on, Escape goes back."""
        page, text = self._presenter.page, event.text()
        if event.key() == Qt.Key.Key_Escape:
            self._presenter.end_visit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if page is Page.WELCOME:
                self._presenter.begin_visit()
            elif page is Page.RESULT:
                self._result_page().default_button().click()
        elif page is Page.WELCOME and self._presenter.ready and text.isalnum():
            # Somebody has held a badge to the reader without pressing Start first.
            self._presenter.begin_visit()
            self._who_page().begin(text)
        else:
            super().keyPressEvent(event)
