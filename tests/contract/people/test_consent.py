"""Consent receipts, the retention clock and the traces of people, whatever the database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import UnknownUser
from kiosk.core.people.consent import ConsentReceipt, ConsentText
from tests.contract.enrolled import enroll
from tests.fakes.clock import START
from tests.fakes.samples import attempt, person

if TYPE_CHECKING:
    from kiosk.core.ports import Database

HOUR = timedelta(hours=1)
TEXT = ConsentText("2", "en", "# Consent\n\nYes – ja – да.\n")


def receipt(number: int, user_id: str = "test1", text: ConsentText = TEXT) -> ConsentReceipt:
    return ConsentReceipt(
        f"{number:032x}",
        user_id,
        text.version,
        text.language,
        text.sha256,
        "operator:anna",
        START + number * HOUR,
    )


def test_receipts_come_back_newest_first_with_their_text(database: Database) -> None:
    enroll(database)
    enroll(database, "test2", seed=2)
    other = ConsentText("site-1", "de", "Ja.\n")
    stored = [receipt(1), receipt(3, text=other), receipt(2)]
    with database() as unit:
        for each in stored:
            unit.consents.add(each, other if each.language == "de" else TEXT)
        unit.consents.add(receipt(9, "test2"), TEXT)
        unit.commit()
    with database() as unit:
        assert unit.consents.of("test1") == [stored[1], stored[2], stored[0]]
        assert unit.consents.of("nobody") == []
        assert unit.consents.get(stored[0].receipt_id) == stored[0]
        assert unit.consents.get("f" * 32) is None
        assert unit.consents.text(TEXT.sha256) == TEXT
        assert unit.consents.text(other.sha256) == other
        assert unit.consents.text("0" * 64) is None


def test_a_receipt_needs_its_text_and_its_person(database: Database) -> None:
    enroll(database)
    with database() as unit, pytest.raises(ValueError):
        unit.consents.add(receipt(1), ConsentText("2", "en", "Something else.\n"))
    with database() as unit, pytest.raises(UnknownUser):
        unit.consents.add(receipt(1, "ghost"), TEXT)


def test_receipts_go_with_the_person_and_the_text_stays(database: Database) -> None:
    enroll(database)
    with database() as unit:
        unit.consents.add(receipt(1), TEXT)
        unit.commit()
    with database() as unit:
        unit.people.remove("test1")
        unit.commit()
    enroll(database)
    with database() as unit:
        assert unit.consents.of("test1") == []
        assert unit.consents.text(TEXT.sha256) == TEXT


def test_the_clock_begins_with_the_consent_and_follows_interactions(database: Database) -> None:
    with database() as unit:
        unit.people.add(person("b"))
        unit.people.add(person("a", name="Åsa", consent=False))
        unit.commit()
    with database() as unit:
        assert [(each.user_id, each.name, each.at) for each in unit.retention.last_interactions()]
        unit.retention.touch("b", START + HOUR)
        unit.retention.touch("nobody", START)
        unit.commit()
    with database() as unit:
        first, second = unit.retention.last_interactions()
        assert (first.user_id, first.name, first.at) == ("a", "Åsa", START)
        assert (second.user_id, second.at) == ("b", START + HOUR)
        assert unit.retention.last_interaction("b") == second
        assert unit.retention.last_interaction("nobody") is None
        # A clock that was ahead, and was set right since.
        unit.retention.touch("b", START)
        last = unit.retention.last_interaction("b")
        assert last is not None
        assert last.at == START
        assert last.at.utcoffset() == timedelta(0)


def test_the_clock_goes_with_the_person(database: Database) -> None:
    enroll(database)
    with database() as unit:
        unit.retention.touch("test1", START + HOUR)
        unit.people.remove("test1")
        unit.people.add(person("test1"))
        last = unit.retention.last_interaction("test1")
        assert last is not None
        assert last.at == START


def test_traces_count_what_every_table_holds(database: Database) -> None:
    enroll(database)
    enroll(database, "test2", seed=2)
    with database() as unit:
        unit.consents.add(receipt(1), TEXT)
        unit.people.add_attempt(attempt(1))
        unit.people.add_attempt(attempt(2, "ghost"))
        unit.commit()
    with database() as unit:
        assert unit.traces.count("test1") == {
            "person": 1,
            "voiceprint": 1,
            "take": 3,
            "consent_receipt": 1,
            "attempt": 1,
        }
        assert unit.traces.count("ghost") == {"attempt": 1}
        assert unit.traces.count("nobody") == {}
        everybody = unit.traces.count(None)
        assert (everybody["person"], everybody["take"], everybody["attempt"]) == (2, 6, 2)
        (row,) = unit.traces.rows("test1")["consent_receipt"]
        assert (row["id"], row["text_sha256"]) == (receipt(1).receipt_id, TEXT.sha256)
        unit.people.remove("test1")
        assert unit.traces.count("test1") == {}
        unit.people.remove_all()
        assert unit.traces.count(None) == {}


def test_old_attempts_of_nobody_are_removed_and_those_of_people_stay(database: Database) -> None:
    with database() as unit:
        unit.people.add(person("test1"))
        for number, (user_id, at) in enumerate(
            [("nobody", START), ("nobody", START + HOUR), ("somebody", START), ("test1", START)]
        ):
            unit.people.add_attempt(attempt(number, user_id, at=at))
        unit.commit()
    with database() as unit:
        assert unit.retention.remove_nobodys(START) == 0
        assert unit.retention.remove_nobodys(START + HOUR) == 2
        unit.commit()
    with database() as unit:
        left = {each: len(unit.people.attempts(each)) for each in ("nobody", "somebody", "test1")}
    assert left == {"nobody": 1, "somebody": 0, "test1": 1}


def test_what_a_clock_remembered_that_was_ahead_is_put_back(database: Database) -> None:
    ahead = START + 1000 * HOUR
    with database() as unit:
        for user_id, at in (("test1", ahead), ("test2", START - HOUR)):
            unit.people.add(person(user_id))
            unit.retention.touch(user_id, at)
        unit.people.add_attempt(attempt(1, "nobody", at=ahead))
        unit.kept_takes.replace("test1", [b"a"], ahead, ahead + 3 * HOUR)
        unit.kept_takes.replace("test2", [b"b"], START, START + 3 * HOUR)
        unit.commit()
    with database() as unit:
        assert unit.retention.bound(START) == 1
        unit.kept_takes.bound(START)
        unit.commit()
    with database() as unit:
        assert unit.retention.bound(START) == 0
        found = {each.user_id: each.at for each in unit.retention.last_interactions()}
        assert found == {"test1": START, "test2": START - HOUR}
        assert {each.expires_at for each in unit.kept_takes.people()} == {START + 3 * HOUR}
        assert unit.retention.remove_nobodys(START + HOUR) == 1
