"""What operators are told when the database is not what the records say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.records.verdict import Verdict
from kiosk.ui.operator.activity.verdict import verdict_words
from kiosk.ui.operator.tampering import TamperingNotice

if TYPE_CHECKING:
    from tests.ui.operator.desk import Desk

FOUND = ("The PIN of anna was recorded, but is not in the database.", "Another one.")


def notice(desk: Desk) -> TamperingNotice:
    (found,) = desk.frame.findChildren(TamperingNotice)
    return found


def test_nothing_is_said_and_no_room_taken_where_all_is_well(desk: Desk) -> None:
    assert notice(desk).isHidden()
    assert not notice(desk).sizePolicy().retainSizeWhenHidden()


def test_what_was_found_is_above_every_page(desk: Desk) -> None:
    notice(desk).tell(FOUND)
    for page in ("nav.people", "nav.activity"):
        desk.click(page)
        assert notice(desk).isVisible()
    assert FOUND[0] in notice(desk).hint
    assert "And 1 more." in notice(desk).hint
    assert "kiosk audit verify" in notice(desk).hint
    desk.frame.entered()  # somebody else signs in, and all is well
    assert notice(desk).isHidden()


def test_a_check_of_the_chain_names_what_is_different() -> None:
    text = verdict_words(Verdict(differences=FOUND))
    assert FOUND[0] in text
    assert "as they are written" not in text
    assert "trigger x" in verdict_words(Verdict(unguarded=("The trigger x was dropped.",)))
