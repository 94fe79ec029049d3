"""The Privacy page: the period of keeping, who comes next, and the consent texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kiosk.ui import messages
from kiosk.ui.operator.enroll.consent import LANGUAGES
from kiosk.ui.operator.overlay import confirm
from kiosk.ui.operator.parts import IconText, scrolling
from kiosk.ui.operator.privacy.period import PeriodCard
from kiosk.ui.operator.privacy.presenter import PrivacyPresenter
from kiosk.ui.operator.screens import OperatorPage
from kiosk.ui.operator.words import local_date, local_time
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.labels import Text
from kiosk.ui.widgets.toast import Toast

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.core.people.retention import RetentionPolicy
    from kiosk.services.people.retention import RetentionStatus
    from kiosk.ui.navigation import Ui
    from kiosk.ui.operator.privacy.presenter import Shown
    from kiosk.ui.operator.screens import Navigator

_NAMED = 8


class PrivacyPage(OperatorPage):
    """For administrators.

    Args:
        ui: the use-cases, threads and looks.
        navigator: leads to other screens.
        parent: Qt parent.
    """

    def __init__(self, ui: Ui, navigator: Navigator, parent: QWidget | None = None) -> None:
        super().__init__(ui, navigator, parent)
        self.presenter = PrivacyPresenter(ui, self)
        self._shown: Shown | None = None
        self._wanted: RetentionPolicy | None = None
        self._entering = False
        theme = ui.theme
        self._error = HintBanner(theme)
        self._error.setObjectName("privacy.error")
        policy = self._error.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self._error.setSizePolicy(policy)
        self._period = PeriodCard(theme)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("m"))
        box.addWidget(self._period)
        box.addWidget(self._next_card())
        box.addWidget(self._texts_card())
        box.addStretch(1)
        self.body.addWidget(self._error)
        self.body.addWidget(scrolling(theme, content), 1)
        self._toast = Toast(theme, self)
        self._period.wanted.connect(self._on_wanted)
        presenter = self.presenter
        presenter.loaded.connect(self._on_loaded)
        presenter.foreseen.connect(self._on_foreseen)
        presenter.stored.connect(self._on_stored)
        presenter.purged.connect(self._on_purged)
        presenter.failed.connect(self._on_failed)

    def entered(self) -> None:
        """The page is shown: read everything anew."""
        self._error.clear()
        self._entering = True
        self.presenter.reload()

    def left(self) -> None:
        """The page is left: names are not kept on a screen that nobody looks at."""
        self._next.setText("")
        self._period.forget()
        self._toast.dismiss()

    # --- building ----------------------------------------------------------------------------

    def _next_card(self) -> Card:
        card = Card(self.theme)
        self._state = IconText(self.theme)
        self._state.setObjectName("privacy.state")
        self._next = Text("", "body", "muted")
        self._next.setObjectName("privacy.next")
        self._purge = Button(self.theme, self.tr("Delete expired records"), "danger")
        self._purge.setObjectName("privacy.purge")
        self._purge.clicked.connect(self._ask_purge)
        self._purge.setEnabled(False)
        self._purge.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        card.body.addWidget(Text(self.tr("Upcoming deletions"), "title"))
        for part in (self._state, self._next, self._purge):
            card.body.addWidget(part)
        return card

    def _texts_card(self) -> Card:
        card = Card(self.theme)
        self._texts = Text("")
        self._texts.setObjectName("privacy.texts")
        card.body.addWidget(Text(self.tr("Consent texts"), "title"))
        card.body.addWidget(self._texts)
        card.body.addWidget(
            Text(
                self.tr(
                    "Run 'kiosk consent texts --write' to copy them to a folder where you can "
                    "change them. Each change makes a new version. Receipts name the version "
                    "that was agreed to."
                ),
                "caption",
                "muted",
            )
        )
        return card

    # --- what happens ------------------------------------------------------------------------

    @Slot(object)
    def _on_loaded(self, shown: Shown) -> None:
        self._shown = shown
        status = shown.status
        self._period.show_policy(status.policy)
        if self._entering:
            self._entering = False
            self._period.focus().setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_state(status)
        people = status.people[:_NAMED] if status.policy.days is not None else ()
        lines = [
            self.tr("{0}: last here {1}, deleted on {2}")
            .replace("{0}", one.person.user_id)
            .replace("{1}", local_date(one.person.at))
            .replace("{2}", local_date(one.due_at))
            for one in people
        ]
        self._next.setText("\n".join(lines))
        self._next.setVisible(bool(lines))
        self._purge.setEnabled(bool(status.due))
        self._texts.setText(
            "\n".join(
                self.tr("{0}: version {1}, SHA-256 {2} …")
                .replace("{0}", LANGUAGES.get(text.language, text.language))
                .replace("{1}", text.version)
                .replace("{2}", text.sha256[:12])
                for text in shown.texts
            )
        )

    def _show_state(self, status: RetentionStatus) -> None:
        due = str(len(status.due))
        if status.held and status.due:
            text = self.tr(
                "The clock has jumped to {0}. Expired: {1}. Nobody is deleted until the clock "
                "has run on for 14 days, or until you delete them here."
            )
            text = text.replace("{0}", local_time(status.now)).replace("{1}", due)
            self._state.set_state(text, "alert-triangle", "warning")
        elif status.due:
            text = self.tr("Will be deleted within hours: {0}").replace("{0}", due)
            self._state.set_state(text, "alert-triangle", "warning")
        elif status.policy.days is None:
            self._state.set_state(self.tr("Nobody is deleted automatically"), "minus", "muted")
        else:
            self._state.set_state(self.tr("Nobody is due for deletion"), "check-circle", "positive")

    @Slot(object)
    def _on_wanted(self, policy: RetentionPolicy) -> None:
        self._error.clear()
        self._wanted = policy
        self.presenter.foresee(policy)

    @Slot(object)
    def _on_foreseen(self, status: RetentionStatus) -> None:
        policy, self._wanted = self._wanted, None
        if policy is None or policy != status.policy:
            return
        if not status.due:
            self.presenter.store(policy)
            return
        body = self.tr(
            "People already due with this period: {0}. They and all their data would be "
            "deleted within hours."
        )
        texts = (
            self.tr("Set this period?"),
            body.replace("{0}", str(len(status.due))),
            self.tr("Set period"),
        )
        confirm(self.theme, self, "privacy.set_dialog", texts, lambda: self.presenter.store(policy))

    @Slot()
    def _ask_purge(self) -> None:
        if self._shown is None:
            return
        status = self._shown.status
        body = self.tr(
            "It is {0}. People due for deletion, with all their data: {1}. Confirm only if the "
            "date is right."
        )
        body = body.replace("{0}", local_time(status.now)).replace("{1}", str(len(status.due)))
        texts = (self.tr("Delete them now?"), body, self.tr("Delete permanently"))
        confirm(self.theme, self, "privacy.purge_dialog", texts, self.presenter.purge)

    @Slot()
    def _on_stored(self) -> None:
        self._toast.show_message(self.tr("Period set."), "check-circle")

    @Slot(int)
    def _on_purged(self, count: int) -> None:
        text = self.tr("Deleted: {0}.").replace("{0}", str(count))
        self._toast.show_message(text, "trash")

    @Slot(object)
    def _on_failed(self, error: KioskError) -> None:
        message = messages.for_error(error)
        self._error.show_hint(message.sentence, "negative", message.icon)
