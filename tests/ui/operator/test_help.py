"""Help: the manual in the window, on the page that fits, with a search, and without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QTextCursor, QTextFormat
from PySide6.QtTest import QTest

from kiosk import manual
from kiosk.core.accounts.acting import Role
from kiosk.ui.operator.screens import screens

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QComboBox, QListWidget

    from kiosk.ui.operator.help.page import HelpPage
    from kiosk.ui.operator.help.reader import Reader
    from tests.ui.operator.desk import Desk


ABOUT = {key: screen.about for key, screen in screens().items() if key != "help"}
_CODE = QTextFormat.Property.BlockCodeLanguage


def page(desk: Desk) -> HelpPage:
    return cast("HelpPage", desk.find("page.help"))


def reader(desk: Desk) -> Reader:
    return cast("Reader", desk.find("help.text"))


def titles(desk: Desk) -> list[str]:
    topics = cast("QListWidget", desk.find("help.topics"))
    return [topics.item(row).text() for row in range(topics.count())]


def lines_seen(desk: Desk) -> list[str]:
    """Return the paragraphs that begin where they can be seen."""
    text = reader(desk)
    seen = text.viewport().rect()
    block = text.document().begin()
    found = []
    while block.isValid():
        if seen.contains(text.cursorRect(QTextCursor(block)).topLeft()):
            found.append(block.text())
        block = block.next()
    return found


@pytest.mark.parametrize(("key", "about"), ABOUT.items(), ids=list(ABOUT))
def test_f1_opens_what_fits_the_page(desk: Desk, key: str, about: tuple[str, str]) -> None:
    desk.frame.go(key)
    QTest.keyClick(desk.frame, Qt.Key.Key_F1)
    assert desk.shown("page.help")
    assert page(desk).topic == about[0]
    assert about[1] in lines_seen(desk)


def test_the_manual_names_the_keys_of_all_screens() -> None:
    text = next(each.text for each in manual.topics() if each.name == "operators")
    (row,) = (line for line in text.splitlines() if line.startswith("| Ctrl+1"))
    keys = {s.keys: s.title for s in screens().values() if s.keys.startswith("Ctrl+")}
    first, *_, last = sorted(keys)
    assert row == f"| {first} … {last} | {', '.join(keys[each] for each in sorted(keys))} |"


def test_it_is_there_for_every_role_and_offers_every_topic(desk: Desk) -> None:
    desk.become(Role.OPERATOR)
    desk.click("nav.help")
    assert titles(desk) == [topic.title for topic in manual.topics()]


def test_arrows_choose_another_topic(desk: Desk) -> None:
    desk.click("nav.help")
    QTest.keyClick(desk.find("help.topics"), Qt.Key.Key_Down)
    assert page(desk).topic == manual.topics()[1].name
    assert reader(desk).toPlainText().startswith(manual.topics()[1].text.splitlines()[0][2:])


def test_searching_offers_the_pages_with_all_words_and_marks_them(desk: Desk) -> None:
    desk.click("nav.help")
    desk.line("help.search").setText("PASSPHRASE restore")
    desk.wait(lambda: len(titles(desk)) < len(manual.topics()))
    assert "Keys and backups" in titles(desk)
    marked = {each.cursor.selectedText().casefold() for each in reader(desk).extraSelections()}
    assert marked == {"passphrase", "restore"}
    desk.line("help.search").clear()
    desk.wait(lambda: len(titles(desk)) == len(manual.topics()))
    assert reader(desk).extraSelections() == []


def test_enter_goes_on_to_the_next_word_found(desk: Desk) -> None:
    desk.click("nav.help")
    desk.line("help.search").setText("person")
    desk.wait(lambda: reader(desk).extraSelections())
    places = set()
    for _ in reader(desk).extraSelections():
        QTest.keyClick(desk.line("help.search"), Qt.Key.Key_Return)
        places.add(reader(desk).verticalScrollBar().value())
    assert len(places) > 1


def test_what_is_on_no_page_is_told(desk: Desk) -> None:
    desk.click("nav.help")
    desk.line("help.search").setText("xylophone")
    desk.wait(lambda: desk.shown("help.note"))
    assert titles(desk) == [topic.title for topic in manual.topics()]
    desk.click("nav.people")
    desk.click("nav.help")
    assert not desk.shown("help.note")
    assert desk.line("help.search").text() == ""


def test_links_lead_to_pages_and_nowhere_else(desk: Desk) -> None:
    desk.click("nav.help")
    reader(desk).anchorClicked.emit(QUrl("backups.md"))
    assert page(desk).topic == "backups"
    for address in ("https://example.org/settings.md", "file:///etc/passwd", "nothing.md"):
        reader(desk).anchorClicked.emit(QUrl(address))
        assert page(desk).topic == "backups"
        assert reader(desk).toPlainText().startswith("Keys and backups")


def test_on_a_small_screen_topics_are_in_a_list_that_opens(desk: Desk) -> None:
    desk.click("nav.help")
    desk.frame.resize(800, 480)
    desk.wait(lambda: desk.shown("help.topic"))
    assert not desk.shown("help.topics")
    box = cast("QComboBox", desk.find("help.topic"))
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert page(desk).topic == manual.topics()[1].name
    assert reader(desk).height() >= 250


def test_everything_is_in_the_fonts_of_the_kiosk(desk: Desk) -> None:
    desk.click("nav.help")
    families = set(desk.stage.theme.font("body", "operator").families())
    block = reader(desk).document().begin()
    while block.isValid():
        at = block.begin()
        while not at.atEnd():
            looks = at.fragment().charFormat()
            if not block.blockFormat().hasProperty(_CODE):  # in lines of its own
                assert set(looks.fontFamilies() or families) <= families
            at += 1
        block = block.next()


def test_looks_follow_the_theme_and_keep_the_place(desk: Desk) -> None:
    desk.click("nav.people")
    desk.click("nav.help")
    at = lines_seen(desk)
    desk.stage.theme.set_theme("dark")
    desk.stage.theme.settle()
    assert lines_seen(desk) == at


def test_a_manual_that_is_missing_is_told(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manual, "resources_dir", lambda: tmp_path)
    desk.click("nav.help")
    assert desk.shown("help.note")
    desk.click("nav.people")
    assert desk.shown("page.people")


@pytest.mark.parametrize("size", [(1280, 800), (800, 480)], ids=["large", "small"])
def test_no_page_needs_to_be_moved_sideways(desk: Desk, size: tuple[int, int]) -> None:
    desk.click("nav.help")
    desk.frame.resize(*size)
    for row in range(len(manual.topics())):
        cast("QListWidget", desk.find("help.topics")).setCurrentRow(row)
        reader(desk).document().pageCount()  # all of it is laid out
        desk.wait(lambda: reader(desk).horizontalScrollBar().maximum() == 0)
