"""What screens are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSpinBox, QWidget

from kiosk.ui.theme.controller import face_of
from kiosk.ui.widgets.busy_bar import PATIENCE_MS, BusyBar
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.empty_state import EmptyState
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.hearing.prompt_card import PromptCard
from kiosk.ui.widgets.labels import ElidedText, IconView, Text
from kiosk.ui.widgets.outcome_panel import OutcomePanel
from kiosk.ui.widgets.page import Page
from kiosk.ui.widgets.step_indicator import StepIndicator
from kiosk.ui.widgets.toast import Toast
from kiosk.ui.widgets.typing.number import prepare_number
from tests.support.patience import PATIENCE_MS as LONG_MS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from kiosk.ui.theme.controller import ThemeController
    from kiosk.ui.widgets.card import SoftTone
    from kiosk.ui.widgets.outcome_panel import Outcome


def words(root: QWidget) -> list[str]:
    """Return every visible text."""
    return [t.text() for t in root.findChildren(Text) if t.isVisible() and t.text()]


def test_markup_in_a_name_is_shown_as_it_is(theme: ThemeController, qtbot: QtBot) -> None:
    assert theme is not None
    label = Text("<b>Ada</b>")
    qtbot.addWidget(label)
    plain = Text("Ada")
    qtbot.addWidget(plain)
    label.show()
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.sizeHint().width() > plain.sizeHint().width()


def test_a_line_too_long_is_cut_and_told_in_full(theme: ThemeController, qtbot: QtBot) -> None:
    assert theme is not None
    label = ElidedText("A name that is much longer than the room there is for it")
    qtbot.addWidget(label)
    label.resize(160, 40)
    label.show()
    assert label.text().endswith("…")
    assert label.toolTip() == label.accessibleName() == label.whole()
    label.resize(2000, 40)
    assert label.text() == label.whole()
    assert label.toolTip() == ""


def test_a_button_without_words_is_refused(theme: ThemeController) -> None:
    with pytest.raises(ValueError, match="name"):
        Button(theme, icon="trash")


def test_a_button_says_its_text_or_its_name(theme: ThemeController, qtbot: QtBot) -> None:
    plain, named = Button(theme, "Erase"), Button(theme, icon="trash", name="Erase Ada")
    qtbot.addWidget(plain)
    qtbot.addWidget(named)
    plain.set_text("Erase all")
    assert plain.accessibleName() == "Erase all"
    assert named.accessibleName() == named.toolTip() == "Erase Ada"


def test_icons_follow_the_theme(theme: ThemeController, qtbot: QtBot) -> None:
    view = IconView(theme, "dot", "accent", 24)
    button = Button(theme, name="Dot", icon="dot", kind="quiet")
    for widget in (view, button):
        qtbot.addWidget(widget)
        widget.show()
    for name in ("dark", "contrast"):
        theme.set_theme(name)
        theme.settle()
        assert view.pixmap().toImage().pixelColor(12, 12) == theme.color("accent")
        image = button.icon().pixmap(24).toImage()
        assert image.pixelColor(image.rect().center()) == theme.color("accent")


def test_a_page_has_title_body_and_footer_in_order(theme: ThemeController, qtbot: QtBot) -> None:
    page = Page(theme, "People", face="operator", subtitle="Everybody enrolled.")
    qtbot.addWidget(page)
    middle = Text("Body")
    page.body.addWidget(middle)
    back, help_, done = (Button(theme, text) for text in ("Back", "Help", "Done"))
    page.add_footer(back, "left")
    page.add_footer(help_, "left")
    page.add_footer(done)
    page.resize(1000, 700)
    page.show()
    assert words(page) == ["People", "Everybody enrolled.", "Body"]
    assert back.x() < help_.x() < done.x()
    assert middle.geometry().bottom() < back.y()
    assert face_of(back) == "operator"
    assert page.accessibleName() == "People"
    page.set_title("Activity")
    assert words(page) == ["Activity", "Body"]


def test_a_long_sentence_is_smaller_than_a_short_one(theme: ThemeController, qtbot: QtBot) -> None:
    card = PromptCard(theme)
    qtbot.addWidget(card)
    card.resize(900, 320)
    card.show()

    def size() -> float:
        label = next(t for t in card.findChildren(Text) if t.text() == card.sentence)
        return label.font().pointSizeF()

    card.set_prompt("Please say", "4 7 1 1")
    assert size() == 56
    card.set_prompt("Please say", "My voice opens this door and nobody else can borrow it, ever")
    assert size() == 32
    assert card.accessibleName().startswith("Please say My voice")
    card.resize(900, 160)
    assert size() == 20
    card.resize(1800, 600)
    assert size() == 56


def test_one_hint_at_a_time_and_nothing_jumps(theme: ThemeController, qtbot: QtBot) -> None:
    page = Page(theme, "Speak")
    qtbot.addWidget(page)
    banner, below = HintBanner(theme), Text("Below")
    page.body.addWidget(banner)
    page.body.addWidget(below)
    page.resize(800, 600)
    page.show()
    before = below.y()
    banner.show_hint("Speak a little louder", "warning")
    assert words(banner) == ["Speak a little louder"]
    banner.show_hint("It is too noisy here", "negative")
    assert words(banner) == ["It is too noisy here"]
    assert below.y() == before
    banner.clear()
    assert words(banner) == []
    assert below.y() == before


def test_a_hint_is_painted_in_the_colors_of_its_tone(theme: ThemeController, qtbot: QtBot) -> None:
    banner = HintBanner(theme)
    qtbot.addWidget(banner)
    tones: tuple[SoftTone, ...] = ("warning", "positive")
    for tone in tones:
        banner.show_hint(f"A hint: {tone}", tone)
        image = banner.grab().toImage()
        assert image.pixelColor(image.width() - 8, image.height() // 2) == theme.color(
            f"{tone}-soft"
        )


def test_a_toast_stays_at_the_lower_edge_and_goes(theme: ThemeController, qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(800, 600)
    host.show()
    toast = Toast(theme, host)
    toast.show_message("Ada was enrolled", "check-circle", milliseconds=50)
    assert toast.isVisible()
    host.resize(900, 700)
    assert host.rect().contains(toast.geometry())
    assert toast.geometry().bottom() > 600
    qtbot.waitUntil(lambda: not toast.isVisible(), timeout=LONG_MS)
    assert toast.message == ""


@pytest.mark.parametrize(
    ("outcome", "role"),
    [
        ("verified", "positive"),
        ("not-verified", "negative"),
        ("inconclusive", "warning"),
        ("suspected", "warning"),
        ("locked", "negative"),
        ("out-of-service", "warning"),
    ],
)
def test_an_outcome_has_color_icon_and_words(
    theme: ThemeController, qtbot: QtBot, outcome: Outcome, role: str
) -> None:
    panel = OutcomePanel(theme)
    qtbot.addWidget(panel)
    panel.show_outcome(outcome, "A word", "What it means")
    panel.show()
    image = panel.grab().toImage()
    disc = {image.pixelColor(image.width() // 2, y).name() for y in range(16, 144)}
    assert {theme.color(role).name(), theme.color(f"on-{role}").name()} <= disc
    assert words(panel) == ["A word", "What it means"]
    assert (panel.accessibleName(), panel.accessibleDescription()) == ("A word", "What it means")
    assert panel.outcome == outcome


def test_steps_say_where_one_is(theme: ThemeController, qtbot: QtBot) -> None:
    steps = StepIndicator(theme, ["Person", "Consent", "Voice"])
    qtbot.addWidget(steps)
    assert steps.accessibleName() == "Step 1 of 3: Person"
    steps.set_current(2)
    assert steps.accessibleName() == "Step 3 of 3: Voice"
    steps.set_current(3)
    assert steps.accessibleName() == "All steps are done"
    for beyond in (-1, 4):
        with pytest.raises(IndexError):
            steps.set_current(beyond)
    with pytest.raises(ValueError, match="one step"):
        StepIndicator(theme, [])


def test_steps_fill_as_one_goes(theme: ThemeController, qtbot: QtBot) -> None:
    steps = StepIndicator(theme, ["Person", "Consent", "Voice"])
    qtbot.addWidget(steps)
    steps.resize(600, steps.sizeHint().height())

    def filled() -> list[bool]:
        image = steps.grab().toImage()
        return [image.pixelColor(x, 5) == theme.color("accent") for x in (100, 300, 500)]

    seen = []
    for index in range(3):
        steps.set_current(index)
        seen.append(filled())
    assert seen == [[True, False, False], [True, True, False], [True, True, True]]


def test_what_is_done_at_once_shows_nothing(theme: ThemeController, qtbot: QtBot) -> None:
    bar = BusyBar(theme)
    qtbot.addWidget(bar)
    bar.start("Installing the model")
    assert not bar.isVisible()
    bar.stop()
    # Longer than its patience: it would have appeared by now.
    with qtbot.assertNotEmitted(bar.cancelled, wait=2 * PATIENCE_MS):
        pass
    assert not bar.isVisible()


def test_what_takes_longer_shows_progress_and_can_be_cancelled(
    theme: ThemeController, qtbot: QtBot
) -> None:
    bar = BusyBar(theme)
    qtbot.addWidget(bar)
    bar.resize(600, 80)
    bar.start("Installing the model")
    qtbot.waitUntil(bar.isVisible, timeout=LONG_MS)
    bar.set_progress(0.4, "Checking the model")
    assert bar.share == 0.4
    assert words(bar) == ["Checking the model"]
    with qtbot.waitSignal(bar.cancelled, timeout=LONG_MS):
        QTest.mouseClick(bar.findChildren(Button)[0], Qt.MouseButton.LeftButton)
    bar.stop()
    assert not bar.isVisible()


def test_an_empty_state_offers_the_first_action(theme: ThemeController, qtbot: QtBot) -> None:
    empty = EmptyState(theme, "users", "Nobody is enrolled yet.", "Enroll a person")
    qtbot.addWidget(empty)
    empty.show()
    assert words(empty) == ["Nobody is enrolled yet."]
    with qtbot.waitSignal(empty.acted, timeout=LONG_MS):
        QTest.mouseClick(empty.findChildren(Button)[0], Qt.MouseButton.LeftButton)


def test_a_number_field_shows_the_whole_focus_ring(theme: ThemeController, qtbot: QtBot) -> None:
    box = QSpinBox()
    qtbot.addWidget(box)
    prepare_number(theme, box, "Takes")
    box.show()
    box.activateWindow()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus, timeout=LONG_MS)
    image = box.grab().toImage()
    edge = {image.pixelColor(1, y).name() for y in range(20, image.height() - 20)}
    assert edge == {theme.color("focus").name()}
    assert box.accessibleName() == "Takes"
