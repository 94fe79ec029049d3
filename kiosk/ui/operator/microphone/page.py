"""The Microphone page: choose it, watch it, test it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from kiosk.ui import accessibility, messages
from kiosk.ui.operator.flow import FlowLayout
from kiosk.ui.operator.microphone.live import LiveSound
from kiosk.ui.operator.microphone.presenter import MicrophonePresenter
from kiosk.ui.operator.microphone.self_test import SelfTest
from kiosk.ui.operator.parts import scrolling
from kiosk.ui.operator.screens import OperatorPage
from kiosk.ui.operator.tables.looks import TableLooks
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from kiosk.core.errors import KioskError
    from kiosk.ui.navigation import Ui
    from kiosk.ui.operator.microphone.presenter import Devices
    from kiosk.ui.operator.screens import Navigator

_KEY = Qt.ItemDataRole.UserRole
_SIDE_BY_SIDE = 900


class MicrophonePage(OperatorPage):
    """Which microphone is used, and whether it is any good.

    Args:
        ui: the use-cases, threads and looks.
        navigator: leads to other screens.
        parent: Qt parent.
    """

    def __init__(self, ui: Ui, navigator: Navigator, parent: QWidget | None = None) -> None:
        super().__init__(ui, navigator, parent)
        self.presenter = MicrophonePresenter(ui, self)
        theme = ui.theme
        self._devices: Devices | None = None
        self._state = HintBanner(theme)
        self._state.setObjectName("microphone.state")
        self._table = self._make_table()
        self._use = Button(theme, self.tr("Use this microphone"), "primary", icon="check")
        self._use.setObjectName("microphone.use")
        self._default = Button(theme, self.tr("Use the system's default"))
        self._default.setObjectName("microphone.default")
        self._refresh = Button(theme, self.tr("Refresh"), icon="refresh")
        self._refresh.setObjectName("microphone.refresh")
        self._refresh.setToolTip(
            self.tr("Closes the microphone for a moment and looks for newly connected devices.")
        )
        policy = self._state.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self._state.setSizePolicy(policy)
        devices = Card(theme, "m")
        buttons = QWidget()
        row = FlowLayout(buttons, theme.space("s"), right=True)
        for button in (self._refresh, self._default, self._use):
            row.addWidget(button)
        head = QHBoxLayout()
        head.setSpacing(theme.space("m"))
        title = Text(self.tr("Microphones"), "title")
        title.setWordWrap(False)
        head.addWidget(title)
        head.addWidget(buttons, 1)
        devices.body.addLayout(head)
        devices.body.addWidget(self._table, 1)
        self._test = SelfTest(theme, self.presenter, ui.kiosk.enroll.policy.quality)
        self._live = LiveSound(theme, ui.kiosk.listener.microphone)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("m"))
        self._split = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._split.setSpacing(theme.space("m"))
        self._split.addWidget(self._live, 1)
        self._split.addWidget(self._test, 1)
        box.addWidget(devices, 2)
        box.addLayout(self._split, 3)
        self.body.addWidget(self._state)
        self.body.addWidget(scrolling(theme, content), 1)
        self._connect()

    def entered(self) -> None:
        """The page is shown."""
        self.presenter.load()
        self._show_state()
        self._table.setFocus(Qt.FocusReason.OtherFocusReason)

    def left(self) -> None:
        """The page is left: the self-test ends."""
        self.presenter.stop_test()
        self._test.reset()

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 5)
        table.setObjectName("microphone.table")
        table.setHorizontalHeaderLabels(
            [
                self.tr("Microphone"),
                self.tr("State"),
                self.tr("System"),
                self.tr("Channels"),
                self.tr("Rate"),
            ]
        )
        table.setMinimumHeight(152)
        TableLooks(self.theme, table, 0)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        accessibility.name(
            table, self.tr("Microphones"), self.tr("Enter uses the selected microphone")
        )
        return table

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.devices.connect(self._on_devices)
        presenter.state_changed.connect(self._show_state)
        presenter.failed.connect(self._on_failed)
        self._table.itemSelectionChanged.connect(self._show_buttons)
        self._table.itemActivated.connect(self._on_use)
        self._use.clicked.connect(self._on_use)
        self._default.clicked.connect(self._on_default)
        self._refresh.clicked.connect(presenter.look_again)
        self.theme.follow(self._fill)

    @Slot(object)
    def _on_devices(self, devices: Devices) -> None:
        self._devices = devices
        self._fill()
        self._show_state()

    @Slot()
    def _fill(self) -> None:
        devices, used = self._devices, self.presenter.device
        if devices is None:
            return
        selected = self._selected() or (used.key if used is not None else None)
        self._table.setRowCount(len(devices.found))
        for row, device in enumerate(devices.found):
            in_use = used is not None and device.key == used.key
            states = []
            if in_use:
                states.append(self.tr("In use"))
            if devices.chosen == device.key:
                states.append(self.tr("chosen") if states else self.tr("Chosen"))
            if device.default:
                states.append(self.tr("default") if states else self.tr("Default"))
            texts = (
                device.name,
                ", ".join(states),
                device.host,
                str(device.channels),
                f"{device.rate / 1000:g} kHz",
            )
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setData(_KEY, device.key)
                item.setToolTip(text)
                if column == 1 and in_use:
                    item.setIcon(self.theme.icon("check-circle", "positive"))
                self._table.setItem(row, column, item)
            if device.key == selected:
                self._table.selectRow(row)
        self._show_buttons()

    def _selected(self) -> str | None:
        items = self._table.selectedItems()
        return str(items[0].data(_KEY)) if items else None

    @Slot()
    def _show_buttons(self) -> None:
        selected, chosen = self._selected(), self._devices.chosen if self._devices else None
        self._use.setEnabled(selected is not None and selected != chosen)
        self._default.setEnabled(chosen is not None)

    @Slot()
    def _show_state(self) -> None:
        device, down = self.presenter.device, self.presenter.down
        if device is not None:
            self._state.clear()
        elif down is not None:
            self._on_failed(down)
        else:
            self._state.show_hint(self.tr("Looking for a microphone …"), "neutral", "microphone")
        self._fill()

    @Slot(object)
    def _on_failed(self, error: KioskError) -> None:
        message = messages.for_error(error)
        text = f"{message.title.rstrip('.')}. {message.hint} ({message.code})"
        self._state.show_hint(text, "negative", message.icon)

    @Slot()
    def _on_use(self) -> None:
        key = self._selected()
        if key is not None:
            self.presenter.choose(key)

    @Slot()
    def _on_default(self) -> None:
        self.presenter.choose(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the two halves beside or below each other, as there is room."""
        super().resizeEvent(event)
        room = self.width() * 100 / self.theme.text_scale
        row, below = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._split.setDirection(row if room >= _SIDE_BY_SIDE else below)
