"""What the records say of rows that decide over access, and what is said where they differ."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kiosk.core.accounts.acting import SYSTEM
from kiosk.core.records.audit import AuditAction, AuditEvent, Tail
from kiosk.core.records.events import setting
from kiosk.core.records.security_state import (
    Facts,
    Kind,
    Thing,
    account_facts,
    factor_facts,
    key_facts,
    person_facts,
    setting_facts,
)
from kiosk.core.records.state_replay import REPLAYED, Replay
from tests.fakes.records.audit import chain_of_tests

OLGA = account_facts("operator", "h", enabled=True, must_change=False)


class Told:
    """Replays events as a kiosk records them."""

    def __init__(self, *events: AuditEvent) -> None:
        self.replay = Replay()
        chain, tail = chain_of_tests(lambda: datetime(2026, 1, 1, tzinfo=UTC)), Tail()
        for event in events:
            records, head = chain.extend(tail, event, SYSTEM)
            for record in records:
                self.replay.take(record)
            tail = Tail(records[-1].seq, records[-1].mac, head)

    def texts(self, found: dict[Thing, Facts]) -> list[str]:
        return [each.text for each in self.replay.differences(found)]


def event(action: AuditAction, subject: str | None, **details: object) -> AuditEvent:
    return AuditEvent(action, subject, details)


def test_the_last_record_of_each_counts() -> None:
    told = Told(
        setting("threshold:m", None, "0.5"),
        setting("threshold:m", "0.5", "0.687"),
        event(AuditAction.ACCOUNT_ADDED, "olga", **OLGA),
        event(AuditAction.ACCOUNT_ADDED, "gone", **OLGA),
        event(AuditAction.ACCOUNT_REMOVED, "gone"),
    )
    threshold, olga = Thing(Kind.SETTING, "threshold:m"), Thing(Kind.ACCOUNT, "olga")
    assert told.texts({threshold: setting_facts("threshold:m", "0.687"), olga: OLGA}) == []
    assert told.texts({threshold: setting_facts("threshold:m", "0.01"), olga: OLGA}) == [
        "The threshold of m in the database is 0.01, the record says 0.687."
    ]
    assert told.texts({threshold: setting_facts("threshold:m", "0.687")}) == [
        "The account olga was recorded, but is not in the database."
    ]
    assert told.texts(
        {
            threshold: setting_facts("threshold:m", "0.687"),
            olga: OLGA,
            Thing(Kind.ACCOUNT, "gone"): OLGA,
        }
    ) == ["The account gone is in the database as operator, but no record tells of it."]


def test_a_setting_that_went_back_to_its_default_is_not_there() -> None:
    told = Told(setting("theme", None, "dark"), setting("theme", "dark", None))
    assert told.texts({}) == []
    theme = {Thing(Kind.SETTING, "theme"): setting_facts("theme", "dark")}
    assert told.texts(theme) == [
        "The setting theme in the database is dark, the record says not set."
    ]


def test_a_value_that_a_record_had_to_cut_is_compared_as_it_was_cut() -> None:
    long = "m\t" * 400
    told = Told(setting("microphone", None, long))
    assert told.texts({Thing(Kind.SETTING, "microphone"): setting_facts("microphone", long)}) == []


def test_the_rights_of_a_key_and_its_end_are_followed() -> None:
    told = Told(
        event(AuditAction.API_KEY_CREATED, "k", rights=("enroll", "verify")),
        event(AuditAction.API_KEY_REVOKED, "k"),
    )
    key = Thing(Kind.API_KEY, "k")
    assert told.texts({key: key_facts(["verify", "enroll"], revoked=True)}) == []
    assert told.texts({}) == []
    (text,) = told.texts({key: key_facts(["verify", "enroll"], revoked=False)})
    assert "not revoked" in text


@pytest.mark.parametrize(
    "action",
    [
        AuditAction.ENROLLED,
        AuditAction.REENROLLED,
        AuditAction.VOICEPRINT_IMPORTED,
    ],
)
def test_each_change_of_a_voiceprint_makes_the_one_before_an_earlier_one(
    action: AuditAction,
) -> None:
    told = Told(
        event(AuditAction.ENROLLED, "anna", voiceprint=("e1", "s1")),
        event(AuditAction.DISABLED, "anna"),
        event(action, "anna", voiceprint=("e2", "s1")),
    )
    anna = Thing(Kind.PERSON, "anna")
    assert told.texts({anna: person_facts(["s1", "e2"], enabled=False)}) == []
    assert told.texts({anna: person_facts([], enabled=False)}) == []
    (text,) = told.texts({anna: person_facts(["e1", "s1"], enabled=False)})
    assert "voiceprint of anna is not the one that was recorded" in text


@pytest.mark.parametrize("action", [AuditAction.ADAPTED, AuditAction.ROLLED_BACK])
def test_a_voiceprint_that_follows_is_the_recorded_one_or_stays_unexpected(
    action: AuditAction,
) -> None:
    anna = Thing(Kind.PERSON, "anna")
    first = event(AuditAction.ENROLLED, "anna", voiceprint=("e1", "s1"))
    told = Told(first, event(action, "anna", voiceprint=("e2",), replaced=("e1",)))
    assert told.texts({anna: person_facts(["e2", "s1"], enabled=True)}) == []
    assert len(told.texts({anna: person_facts(["e1", "s1"], enabled=True)})) == 1
    # Somebody has put back an earlier state, and it was changed before anybody compared it.
    put_back = Told(first, event(action, "anna", voiceprint=("e2",), replaced=("e0",)))
    (text,) = put_back.texts({anna: person_facts(["e2", "s1"], enabled=True)})
    assert "voiceprint of anna is not the one that was recorded" in text
    # The other one was not changed, so nothing is said of it.
    other = Told(first, event(action, "anna", voiceprint=("e2",), replaced=("e1",)))
    assert len(other.texts({anna: person_facts(["e2", "s0"], enabled=True)})) == 1


def test_a_record_changes_of_an_account_only_what_its_action_is_about() -> None:
    olga = Thing(Kind.ACCOUNT, "olga")
    raised = account_facts("administrator", "h2", enabled=True, must_change=False)
    told = Told(
        event(AuditAction.ACCOUNT_ADDED, "olga", **OLGA),
        event(AuditAction.SECRET_CHANGED, "olga", **raised),
    )
    (text,) = told.texts({olga: raised})
    assert "role of the account olga in the database is administrator" in text
    assert told.texts({olga: {**raised, "role": "operator"}}) == []
    told = Told(
        event(AuditAction.ACCOUNT_ADDED, "olga", **OLGA),
        event(AuditAction.ACCOUNT_CHANGED, "olga", enabled=False),
    )
    assert told.texts({olga: {**OLGA, "enabled": False}}) == []
    assert len(told.texts({olga: {**raised, "enabled": False}})) == 1


def test_a_row_that_no_record_tells_of_is_not_explained_by_what_is_done_to_it() -> None:
    eve = account_facts("administrator", "h", enabled=True, must_change=False)
    told = Told(
        event(AuditAction.SECRET_CHANGED, "eve", **eve),
        event(AuditAction.ACCOUNT_CHANGED, "eve", **eve),
        event(AuditAction.DISABLED, "mallory"),
        event(AuditAction.ADAPTED, "mallory", voiceprint=("e1",), replaced=()),
    )
    mallory = person_facts(["e1"], enabled=False)
    texts = told.texts({Thing(Kind.ACCOUNT, "eve"): eve, Thing(Kind.PERSON, "mallory"): mallory})
    assert len(texts) == 2
    assert all("no record tells of it" in each for each in texts)


@pytest.mark.parametrize("whom", ["anna", None])
def test_the_erased_must_have_nothing(whom: str | None) -> None:
    told = Told(
        event(AuditAction.ENROLLED, "anna", voiceprint=("e1",)),
        event(AuditAction.FACTOR_SET, "anna", kind="pin", secret="s"),
        event(AuditAction.ERASED, whom),
    )
    assert told.texts({}) == []
    anna, pin = Thing(Kind.PERSON, "anna"), Thing(Kind.PIN, "anna")
    found = {anna: person_facts(["e1"], enabled=True), pin: factor_facts("h")}
    assert len(told.texts(found)) == 2


def test_a_second_factor_is_the_one_that_was_set_last() -> None:
    facts = factor_facts("hash")
    told = Told(
        event(AuditAction.ENROLLED, "anna", voiceprint=()),
        event(AuditAction.FACTOR_SET, "anna", kind="badge", **facts),
        event(AuditAction.FACTOR_SET, "anna", kind="pin", **facts),
        event(AuditAction.FACTOR_REMOVED, "anna", kind="pin"),
    )
    anna = {Thing(Kind.PERSON, "anna"): person_facts([], enabled=True)}
    badge, pin = Thing(Kind.BADGE, "anna"), Thing(Kind.PIN, "anna")
    assert told.texts({**anna, badge: facts}) == []
    assert told.texts({**anna, badge: facts, pin: facts}) == [
        "The PIN of anna is in the database, but no record tells of it."
    ]
    assert told.texts({**anna, badge: factor_facts("earlier")}) == [
        "The badge of anna is not the one that was recorded."
    ]
    assert told.texts(anna) == ["The badge of anna was recorded, but is not in the database."]
    assert told.texts({}) == []


def test_what_was_adopted_is_all_there_is() -> None:
    told = Told(
        event(AuditAction.ACCOUNT_ADDED, "before", **OLGA),
        event(AuditAction.STATE_ADOPTED, None, why="accepted", rows=2),
        event(AuditAction.STATE_FOUND, "olga", kind="account", **OLGA),
        event(AuditAction.STATE_FOUND, "x", kind="of a later version"),
    )
    assert told.texts({Thing(Kind.ACCOUNT, "olga"): OLGA}) == []
    assert len(told.texts({Thing(Kind.ACCOUNT, "before"): OLGA})) == 2


def test_failures_must_be_counted_until_something_forgives_them() -> None:
    failed = event(AuditAction.NOT_VERIFIED, "anna")
    key = ("person", "anna")
    told = Told(*[failed] * 9)
    assert told.replay.forgotten({key: 9}) == told.replay.forgotten({key: 5}) == ()
    (text,) = told.replay.forgotten({key: 4})
    assert text.startswith("9 failed tries of anna were recorded, but only 4")
    for forgives in (
        event(AuditAction.VERIFIED, "anna"),
        event(AuditAction.UNLOCKED, "anna", checked="passport"),
        event(AuditAction.ERASED, None),
    ):
        assert Told(*[failed] * 9, forgives).replay.forgotten({key: 0}) == ()
    wait_ended = event(AuditAction.UNLOCKED, "anna", checked="")
    assert Told(*[failed] * 9, wait_ended).replay.forgotten({key: 0}) != ()
    not_tried = event(AuditAction.SIGN_IN_REFUSED, "ida", reason="too many wrong tries")
    assert Told(*[not_tried] * 9).replay.forgotten({("account", "ida"): 0}) == ()


def test_every_action_that_is_followed_is_asked_for() -> None:
    assert len(set(REPLAYED)) == len(REPLAYED)
    assert set(REPLAYED) <= {each.value for each in AuditAction}
