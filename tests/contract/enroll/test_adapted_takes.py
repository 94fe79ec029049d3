"""What voiceprints have learned, whatever the database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from kiosk.core.errors import NotEnrolled
from tests.contract.enrolled import enroll
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, embedding, quality, voiceprint

if TYPE_CHECKING:
    from kiosk.core.ports import Database

HOUR = timedelta(hours=1)


def learn(database: Database, *seeds: int, user_id: str = "test1", keep: int = 3) -> None:
    for hours, seed in enumerate(seeds):
        with database() as unit:
            unit.adapted.add(user_id, embedding(seed), START + hours * HOUR, keep)
            unit.commit()


def learned(database: Database, user_id: str = "test1") -> list[list[float]]:
    with database() as unit:
        takes = unit.adapted.of(user_id, MODEL)
    return [take.embedding.vector.tolist() for take in takes]


def vectors(*seeds: int) -> list[Any]:
    return [pytest.approx(embedding(seed).vector.tolist(), abs=1e-6) for seed in seeds]


def test_takes_come_back_oldest_first(database: Database) -> None:
    enroll(database)
    learn(database, 7, 5, 6)
    assert learned(database) == vectors(7, 5, 6)
    with database() as unit:
        takes = unit.adapted.of("test1", MODEL)
    assert [take.position for take in takes] == [0, 1, 2]
    assert [take.created_at for take in takes] == [START, START + HOUR, START + 2 * HOUR]
    assert {take.embedding.model_id for take in takes} == {MODEL}


def test_the_last_ones_are_kept(database: Database) -> None:
    enroll(database)
    learn(database, 1, 2, 3, 4, 5, keep=2)
    assert learned(database) == vectors(4, 5)
    learn(database, 6, keep=1)
    assert learned(database) == vectors(6)


def test_each_person_has_their_own(database: Database) -> None:
    enroll(database, "test1")
    enroll(database, "test2", seed=2)
    enroll(database, "test3", seed=3)
    learn(database, 1, 2, user_id="test1")
    learn(database, 3, user_id="test2")
    assert learned(database, "test2") == vectors(3)
    assert learned(database, "test3") == learned(database, "nobody") == []
    with database() as unit:
        assert unit.adapted.counts() == {"test1": 2, "test2": 1}
        assert unit.adapted.of("test1", "another model") == []


def test_enrolled_takes_stay_as_they_are(database: Database) -> None:
    enroll(database)
    with database() as unit:
        before = unit.people.voiceprint("test1", MODEL)
    learn(database, 1, 2, 3, 4)
    with database() as unit:
        after = unit.people.voiceprint("test1", MODEL)
        assert unit.adapted.clear("test1") == 3
        unit.commit()
    with database() as unit:
        rolled_back = unit.people.voiceprint("test1", MODEL)
        assert unit.adapted.clear("test1") == 0
    assert before is not None
    for other in (after, rolled_back):
        assert other is not None
        assert [take.vector.tolist() for take in other.takes] == [
            take.vector.tolist() for take in before.takes
        ]
    assert learned(database) == []


def test_what_all_voiceprints_of_a_person_have_learned_is_cleared(database: Database) -> None:
    enroll(database)
    enroll(database, model="second")
    with database() as unit:
        unit.adapted.add("test1", embedding(1), START, 3)
        unit.adapted.add("test1", embedding(2, "second"), START, 3)
        unit.commit()
    with database() as unit:
        assert unit.adapted.counts() == {"test1": 2}
        assert unit.adapted.clear("test1") == 2
        assert unit.adapted.counts() == {}


def test_a_new_voiceprint_has_learned_nothing(database: Database) -> None:
    enroll(database)
    learn(database, 1)
    with database() as unit:
        unit.people.save_voiceprint("test1", voiceprint(2), quality(), START)
        unit.commit()
    assert learned(database) == []


@pytest.mark.parametrize("everybody", [False, True])
def test_it_goes_with_the_person(database: Database, everybody: bool) -> None:
    enroll(database)
    learn(database, 1)
    with database() as unit:
        if everybody:
            unit.people.remove_all()
        else:
            unit.people.remove("test1")
        unit.commit()
    with database() as unit:
        assert unit.adapted.counts() == {}


def test_without_a_voiceprint_there_is_nothing_to_learn(database: Database) -> None:
    enroll(database)
    with database() as unit:
        for user_id, model in (("nobody", MODEL), ("test1", "another model")):
            with pytest.raises(NotEnrolled):
                unit.adapted.add(user_id, embedding(1, model), START, 3)


def test_without_a_commit_nothing_is_learned(database: Database) -> None:
    enroll(database)
    with database() as unit:
        unit.adapted.add("test1", embedding(1), START, 3)
    assert learned(database) == []


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    enroll(database)
    with database() as unit, pytest.raises(ValueError):
        unit.adapted.add("test1", embedding(1), START.replace(tzinfo=None), 3)
