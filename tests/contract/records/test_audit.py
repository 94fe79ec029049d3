"""The audit records of each database: chained, stored with what they record, and found again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.acting import Actor, Role, acting_as
from kiosk.core.records.audit import AuditAction, AuditEvent, AuditQuery, Tail
from kiosk.core.records.order import AuditOrder
from kiosk.services.records.whole_chain import verify_chain
from tests.fakes.records.audit import chain_of_tests
from tests.fakes.samples import person

if TYPE_CHECKING:
    from kiosk.core.ports import Database

ANNA = Actor("operator:anna", Role.OPERATOR)


def append(database: Database, *events: AuditEvent) -> None:
    with acting_as(ANNA), database() as unit:
        for event in events:
            unit.audit.append(event)
        unit.commit()


def verified(user_id: str, score: float = 0.5) -> AuditEvent:
    return AuditEvent(AuditAction.VERIFIED, user_id, {"score": score, "reasons": ("a", "b")})


def test_a_fresh_database_has_no_records(database: Database) -> None:
    with database() as unit:
        assert unit.audit.tail() == Tail()
        assert unit.audit.page(0, 10) == []
        assert unit.audit.schema()


def test_records_come_back_as_they_were_written(database: Database) -> None:
    append(database, verified("Zoë 'x' \"y\" 名", 0.1 + 0.2), verified("b"))
    with database() as unit:
        first, second, third = unit.audit.page(0, 10)
        tail = unit.audit.tail()
    assert [first.action, second.action, third.action] == [
        "chain.begun",
        "verification.verified",
        "verification.verified",
    ]
    assert (second.seq, second.actor, second.role) == (2, "operator:anna", "operator")
    assert second.subject == "Zoë 'x' \"y\" 名"
    assert second.details == {"score": 0.1 + 0.2, "reasons": ["a", "b"]}
    assert second.at.utcoffset() == timedelta(0)
    assert (tail.seq, tail.mac) == (3, third.mac)
    assert chain_of_tests().ends_as_left(tail)


def test_the_database_guards_the_records_and_can_be_made_to_again(database: Database) -> None:
    with database() as unit:
        assert unit.audit.unguarded() == ()
        unit.audit.restore_guard()
        unit.commit()
    append(database, verified("a"), verified("b"))
    with database() as unit:
        assert unit.audit.unguarded() == ()
        assert unit.audit.count() == 3
        linked = unit.audit.linked(("verification.verified",), 2)
        first, second = unit.audit.page(1, 10)
        assert linked == [(first.mac, second)]
        assert unit.access.read() == {}


def test_the_chain_goes_on_from_one_transaction_to_the_next(database: Database) -> None:
    for number in range(5):
        append(database, verified(f"p{number}"), verified(f"q{number}"))
    verdict = verify_chain(database, chain_of_tests())
    assert verdict.intact
    assert verdict.records == 11


def test_a_record_and_what_it_records_are_stored_together_or_not_at_all(
    database: Database,
) -> None:
    with database() as unit:
        unit.people.add(person("anna"))
        unit.audit.append(verified("anna"))
    with database() as unit:
        assert unit.people.get("anna") is None
        assert unit.audit.tail() == Tail()
        unit.people.add(person("anna"))
        unit.audit.append(verified("anna"))
        unit.commit()
    with database() as unit:
        assert unit.people.get("anna") is not None
        assert unit.audit.tail().seq == 2


def test_records_outlive_whom_they_are_about(database: Database) -> None:
    with database() as unit:
        unit.people.add(person("anna"))
        unit.audit.append(verified("anna"))
        unit.commit()
    with database() as unit:
        unit.people.remove("anna")
        unit.commit()
    with database() as unit:
        assert [each.subject for each in unit.audit.find(AuditQuery(subject="anna"))] == ["anna"]


def test_records_are_found_by_each_filter(database: Database) -> None:
    append(database, verified("anna"), AuditEvent(AuditAction.NOT_VERIFIED, "bob"))
    with acting_as(Actor("operator:carla", Role.ADMINISTRATOR)), database() as unit:
        unit.audit.append(
            AuditEvent(AuditAction.SETTING_CHANGED, "theme", {"old": "50%", "new": "a_b"})
        )
        unit.commit()
    with database() as unit:
        find = unit.audit.find

        def numbers(**wanted: object) -> list[int]:
            return [each.seq for each in find(AuditQuery(**wanted))]  # type: ignore[arg-type]

        everything = numbers()
        assert everything == [4, 3, 2, 1]
        assert numbers(limit=2) == [4, 3]
        assert numbers(limit=2, before=3) == [2, 1]
        assert numbers(subject="bob") == [3]
        assert numbers(actor="operator:carla") == [4]
        assert numbers(actions=("verification.verified", "verification.not-verified")) == [3, 2]
        assert numbers(text="BOB") == [3]
        assert numbers(text="50%") == [4]
        assert numbers(text="5_%") == []
        assert numbers(text="a_b") == [4]
        assert numbers(words=(('"anna"', '"bob"'),)) == [3, 2]
        assert numbers(words=(('"anna"', '"bob"'), ('"verification.verified"',))) == [2]
        assert unit.audit.found(AuditQuery(words=(('"anna"', '"bob"'),), limit=1)) == 2
        assert numbers(offset=1, limit=2) == [3, 2]
        assert numbers(ascending=True, limit=3) == [1, 2, 3]
        about = {"actions": ("verification.verified", "verification.not-verified")}
        assert numbers(order=AuditOrder.ABOUT, **about) == [3, 2]
        assert numbers(order=AuditOrder.ABOUT, ascending=True, **about) == [2, 3]
        first = find(AuditQuery())[-1].at
        assert numbers(since=first) == everything
        assert numbers(until=first) == []
        assert unit.audit.counts(first)["verification.not-verified"] == 1
        assert unit.audit.counts(first + timedelta(days=1)) == {}


def test_a_unit_that_is_over_records_nothing(database: Database) -> None:
    from kiosk.core.errors import StorageError

    with database() as unit:
        audit = unit.audit
    with pytest.raises(StorageError):
        audit.append(verified("anna"))
