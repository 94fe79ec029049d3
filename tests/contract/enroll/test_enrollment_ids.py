"""Every state of a voiceprint has an ID of its own, whatever the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contract.enrolled import enroll
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, embedding, person

if TYPE_CHECKING:
    from kiosk.core.ports import Database


def ids(database: Database, user_id: str = "test1") -> tuple[str, ...]:
    with database() as unit:
        found = unit.people.enrollment_ids(user_id)
        assert unit.people.enrollments().get(user_id, ()) == found
    assert all(len(each) == 32 and int(each, 16) >= 0 for each in found)
    return found


def test_whatever_changes_a_voiceprint_changes_its_id(database: Database) -> None:
    assert ids(database) == ()
    enroll(database)
    seen = [ids(database)]
    enroll(database)  # the very same takes
    seen.append(ids(database))
    for seed in (1, 2):
        with database() as unit:
            unit.adapted.add("test1", embedding(seed), START, 1)
            unit.commit()
        seen.append(ids(database))
    with database() as unit:
        assert unit.adapted.clear("test1") == 1
        unit.commit()
    seen.append(ids(database))
    assert [len(each) for each in seen] == [1] * 5
    assert len(set(seen)) == 5


def test_what_does_not_change_it_leaves_its_id(database: Database) -> None:
    enroll(database)
    before = ids(database)
    enroll(database, "test2", seed=2)
    enroll(database, model="another")
    after = ids(database)
    with database() as unit:
        assert unit.adapted.clear("test1") == 0
        unit.adapted.add("test1", embedding(2, "another"), START, 3)
        unit.commit()
    changed = ids(database)
    # In the order of models: "another" comes before the one of the samples.
    assert [len(before), len(after), len(changed)] == [1, 2, 2]
    assert MODEL > "another"
    assert before[0] == after[1] == changed[1]
    assert after[0] != changed[0]


def test_who_has_no_voiceprint_has_none(database: Database) -> None:
    enroll(database)
    with database() as unit:
        unit.people.add(person("test2"))
        unit.people.remove_voiceprint("test1", MODEL)
        unit.commit()
        assert unit.people.enrollments() == {}
        assert unit.people.enrollment_ids("test2") == unit.people.enrollment_ids("nobody") == ()


def test_without_a_commit_the_id_stays(database: Database) -> None:
    enroll(database)
    before = ids(database)
    with database() as unit:
        unit.adapted.add("test1", embedding(1), START, 3)
        assert unit.people.enrollment_ids("test1") != before
    assert ids(database) == before
