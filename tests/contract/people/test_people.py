"""Units of work, people and voiceprints, whatever the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kiosk.core.errors import AlreadyEnrolled, StorageError, UnknownUser
from kiosk.core.people.users import Consent, StoredTake
from kiosk.core.voice.embedding import Embedding, Voiceprint
from tests.contract.enrolled import enroll
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, attempt, person, quality, voiceprint

if TYPE_CHECKING:
    import numpy.typing as npt

    from kiosk.core.ports import Database

HOUR = timedelta(hours=1)


def vectors(found: Voiceprint | None) -> npt.NDArray[np.float32]:
    assert found is not None
    return np.stack([take.vector for take in found.takes])


def close(wanted: Voiceprint) -> Any:
    """Return what a stored voiceprint equals: it was rotated, and turned back."""
    return pytest.approx(vectors(wanted), abs=1e-6)


# --- units of work ---------------------------------------------------------------------------


def test_nothing_is_stored_without_commit(database: Database) -> None:
    with database() as unit:
        unit.people.add(person())
        unit.preferences.set("language", "en", START)
        assert unit.people.user_ids() == ["test1"]
    with database() as unit:
        assert unit.people.user_ids() == []
        assert unit.preferences.get("language") is None


def test_nothing_is_stored_after_an_exception(database: Database) -> None:
    def add_and_fail() -> None:
        with database() as unit:
            unit.people.add(person())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()
    with database() as unit:
        assert unit.people.user_ids() == []


def test_what_follows_a_commit_is_not_part_of_it(database: Database) -> None:
    with database() as unit:
        unit.people.add(person("before"))
        unit.commit()
        unit.people.add(person("after"))
    with database() as unit:
        assert unit.people.user_ids() == ["before"]


def test_a_unit_that_is_over_cannot_be_used(database: Database) -> None:
    with database() as unit:
        people = unit.people
    with pytest.raises(StorageError):
        people.user_ids()


def test_a_closed_database_opens_again(database: Database) -> None:
    enroll(database)
    database.close()
    with database() as unit:
        assert unit.people.user_ids() == ["test1"]


def test_the_health_report_has_its_facts(database: Database) -> None:
    assert database.check().keys() == {"path", "schema", "integrity", "size", "backups"}


# --- people ----------------------------------------------------------------------------------


@pytest.mark.parametrize("consent", [True, False])
def test_a_person_comes_back_as_it_was(database: Database, consent: bool) -> None:
    ada = person(name="Ådá Лавлейс", consent=consent)
    with database() as unit:
        unit.people.add(ada)
        unit.commit()
    with database() as unit:
        assert unit.people.get("test1") == ada


def test_nobody_is_none(database: Database) -> None:
    with database() as unit:
        assert unit.people.get("test1") is None
        assert unit.people.voiceprint("test1", MODEL) is None
        assert unit.people.voiceprints(MODEL) == []
        assert unit.people.model_ids("test1") == []
        assert unit.people.takes("test1", MODEL) == []
        assert unit.people.attempts("test1") == []
        assert unit.people.summaries() == []


def test_an_id_is_taken_once(database: Database) -> None:
    with database() as unit:
        unit.people.add(person())
        unit.commit()
    with database() as unit, pytest.raises(AlreadyEnrolled, match="test1"):
        unit.people.add(person(name="Eve"))
    with database() as unit:
        found = unit.people.get("test1")
        assert found is not None
        assert found.name == "Ada"


@pytest.mark.parametrize("other", ["test1.", "test", "tést1", "test01"])
def test_ids_that_do_not_fold_to_one_are_two(database: Database, other: str) -> None:
    with database() as unit:
        unit.people.add(person("test1"))
        assert unit.people.get(other) is None
        unit.people.add(person(other, name="Eve"))
        unit.commit()
    with database() as unit:
        assert unit.people.user_ids() == sorted(["test1", other])


def test_wildcards_are_not_patterns(database: Database) -> None:
    with database() as unit:
        unit.people.add(person("test1"))
        assert unit.people.get("test_") is None
        assert unit.people.get("%") is None
        assert not unit.people.remove("test%")


def test_update_changes_all_but_id_and_creation(database: Database) -> None:
    with database() as unit:
        unit.people.add(person())
        changed = replace(
            person(), name="Ada L.", enabled=False, consent=Consent("2", START + HOUR)
        )
        unit.people.update(replace(changed, created_at=START + HOUR))
        assert unit.people.get("test1") == changed
        unit.people.update(replace(changed, consent=None))
        unit.commit()
    with database() as unit:
        assert unit.people.get("test1") == replace(changed, consent=None)


def test_update_of_nobody_is_refused(database: Database) -> None:
    with database() as unit, pytest.raises(UnknownUser, match="test1"):
        unit.people.update(person())


def test_remove_erases_everything_of_one_person(database: Database) -> None:
    enroll(database, "test1")
    enroll(database, "test2", seed=2)
    with database() as unit:
        unit.people.add_attempt(attempt(1, "test1"))
        unit.people.add_attempt(attempt(2, "test2"))
        unit.commit()
    with database() as unit:
        assert unit.people.remove("test1")
        assert not unit.people.remove("test1")
        unit.commit()
    enroll(database, "test3", seed=3)
    with database() as unit:
        assert unit.people.user_ids() == ["test2", "test3"]
        assert unit.people.voiceprint("test1", MODEL) is None
        assert unit.people.attempts("test1") == []
        assert unit.people.attempts("test2") == [attempt(2, "test2")]
        assert vectors(unit.people.voiceprint("test2", MODEL)) == close(voiceprint(2))


def test_remove_erases_attempts_from_before_the_person_was_known(database: Database) -> None:
    with database() as unit:
        unit.people.add_attempt(attempt(1, "test1"))
        unit.commit()
    enroll(database, "test1")
    with database() as unit:
        assert unit.people.attempts("test1") == [attempt(1, "test1")]
        unit.people.remove("test1")
        assert unit.people.attempts("test1") == []


def test_remove_all_erases_and_counts_everybody(database: Database) -> None:
    enroll(database, "test1")
    enroll(database, "test2", seed=2)
    with database() as unit:
        unit.people.add_attempt(attempt(1, "ghost"))
        assert unit.people.remove_all() == 2
        unit.commit()
    with database() as unit:
        assert unit.people.summaries() == []
        assert unit.people.voiceprints(MODEL) == []
        assert unit.people.attempts("ghost") == []
        assert unit.people.remove_all() == 0


# --- voiceprints -----------------------------------------------------------------------------


def test_a_voiceprint_comes_back_to_the_last_bit(database: Database) -> None:
    enroll(database)
    with database() as unit:
        found = unit.people.voiceprint("test1", MODEL)
    assert vectors(found) == close(voiceprint(1))
    assert found is not None
    assert found.model_id == MODEL
    assert all(take.vector.dtype == np.float32 for take in found.takes)


def test_saving_again_replaces_the_voiceprint_of_that_model_only(database: Database) -> None:
    enroll(database, seed=1)
    enroll(database, seed=2, model="other")
    with database() as unit:
        unit.people.save_voiceprint("test1", voiceprint(3, takes=5), quality(5), START + HOUR)
        unit.commit()
    with database() as unit:
        assert unit.people.model_ids("test1") == sorted([MODEL, "other"])
        assert vectors(unit.people.voiceprint("test1", MODEL)) == close(voiceprint(3, takes=5))
        kept = unit.people.voiceprint("test1", "other")
        assert vectors(kept) == close(voiceprint(2, model_id="other"))
        assert unit.people.takes("test1", MODEL) == [
            StoredTake(START + HOUR, each) for each in quality(5)
        ]


def test_the_voiceprint_of_one_model_is_removed_with_its_takes(database: Database) -> None:
    enroll(database, seed=1)
    enroll(database, seed=2, model="other")
    enroll(database, "b", seed=3, model="other")
    with database() as unit:
        assert unit.people.remove_voiceprint("test1", "other")
        assert not unit.people.remove_voiceprint("test1", "other")
        with pytest.raises(UnknownUser, match="nobody"):
            unit.people.remove_voiceprint("nobody", "other")
        unit.commit()
    with database() as unit:
        assert unit.people.model_ids("test1") == [MODEL]
        assert unit.people.takes("test1", "other") == []
        assert unit.people.model_ids("b") == ["other"]


def test_voiceprints_of_a_model_come_by_id_with_disabled_people(database: Database) -> None:
    enroll(database, "b", seed=2)
    enroll(database, "a", seed=1)
    enroll(database, "c", seed=3, model="other")
    with database() as unit:
        disabled = replace(person("b"), enabled=False)
        unit.people.update(disabled)
        unit.commit()
    with database() as unit:
        found = unit.people.voiceprints(MODEL)
    assert [each for each, _ in found] == [person("a"), disabled]
    assert [vectors(each) for _, each in found] == [close(voiceprint(1)), close(voiceprint(2))]


def test_summaries_name_the_models_of_all_voiceprints(database: Database) -> None:
    enroll(database, "a", model="z-model")
    enroll(database, "a", seed=2, model="b-model")
    enroll(database, "b")
    with database() as unit:
        unit.people.add(person("c"))
        unit.commit()
    with database() as unit:
        found = unit.people.summaries()
    assert [each.model_ids for each in found] == [("b-model", "z-model"), (MODEL,), ()]
    assert found[0].model_id == "b-model"  # the newest


def test_a_voiceprint_of_nobody_is_refused(database: Database) -> None:
    with database() as unit, pytest.raises(UnknownUser, match="test1"):
        unit.people.save_voiceprint("test1", voiceprint(), quality(), START)


def test_each_take_has_a_quality(database: Database) -> None:
    with database() as unit:
        unit.people.add(person())
        with pytest.raises(ValueError):
            unit.people.save_voiceprint("test1", voiceprint(takes=3), quality(2), START)


@pytest.mark.parametrize("scale", [0.0, 0.5, float("nan")])
def test_what_is_no_direction_is_not_stored(database: Database, scale: float) -> None:
    vector = np.full(4, scale, dtype=np.float32)
    vector[0] += scale
    with database() as unit:
        unit.people.add(person())
        with pytest.raises(ValueError, match="unit norm"):
            unit.people.save_voiceprint(
                "test1", Voiceprint((Embedding(vector, MODEL),)), quality(1), START
            )


def test_a_voiceprint_that_is_stored_anew_has_another_mark(database: Database) -> None:
    enroll(database, "one", 1)
    enroll(database, "two", 2)
    enroll(database, "two", 2, "other-model")
    with database() as unit:
        before = unit.people.stamps(MODEL)
        assert unit.people.stamps("unknown") == {}
    assert before.keys() == {"one", "two"}
    assert all(before.values())
    enroll(database, "two", 2)
    with database() as unit:
        after = unit.people.stamps(MODEL)
    assert after["one"] == before["one"]
    assert after["two"] != before["two"]


def test_voiceprints_of_some_people_only(database: Database) -> None:
    for number, user_id in enumerate(("one", "two", "three")):
        enroll(database, user_id, number)
    with database() as unit:
        found = unit.people.voiceprints(MODEL, ["two", "one", "nobody"])
        assert unit.people.voiceprints(MODEL, []) == []
    assert [each.user_id for each, _ in found] == ["one", "two"]
    assert vectors(found[1][1]) == close(voiceprint(1))
