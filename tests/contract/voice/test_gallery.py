"""Everybody in memory, as the database has them; and the mark that tells when to look again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.services.voice.gallery import Gallery
from tests.contract.enrolled import enroll
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, person, quality, voiceprint

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.ports import Database

OTHER = "other-model"
BOTH = (MODEL, OTHER)


def follows(gallery: Gallery, database: Database, *models: str) -> bool:
    with database() as unit:
        return gallery.follow(unit, models or (MODEL,))


def go(database: Database, user_id: str) -> None:
    with database() as unit:
        unit.people.remove(user_id)
        unit.commit()


def known(gallery: Gallery) -> dict[str, tuple[str, ...]]:
    return {user_id: voice.model_ids for user_id, voice in gallery.people().items()}


def seed_of(gallery: Gallery, user_id: str, model: str = MODEL) -> int:
    """Return the seed of the voiceprint that is kept of somebody."""
    found = gallery.people()[user_id].by(model)
    assert found is not None
    for seed in range(10):
        wanted = voiceprint(seed, model_id=model)
        pairs = zip(found.takes, wanted.takes, strict=True)
        if all(np.allclose(one.vector, other.vector, atol=1e-6) for one, other in pairs):
            return seed
    raise AssertionError(user_id)


def test_every_change_is_marked_though_the_clock_was_set_back(database: Database) -> None:
    """SQLite gives numbers of rows again that others had."""
    seconds = iter((90, 80, 70, 60, 50, 40, 30))

    def come(user_id: str, seed: int, model: str = MODEL) -> None:
        enroll(database, user_id, seed, model, START + timedelta(seconds=next(seconds)))

    def go(user_id: str) -> None:
        with database() as unit:
            unit.people.remove(user_id)
            unit.commit()

    def mark() -> str:
        with database() as unit:
            return unit.people.mark(MODEL)

    marks = [mark()]
    changes: tuple[Callable[[], None], ...] = (
        lambda: come("one", 1),
        lambda: come("two", 2),
        lambda: come("two", 3),
        lambda: go("two"),
        lambda: come("two", 2),
        lambda: go("one"),
        lambda: come("one", 1),
    )
    for change in changes:
        change()
        marks.append(mark())
        assert mark() == marks[-1]
    assert marks[4] == marks[1], "only the first one is left, with the same voiceprint"
    assert len(set(marks)) == len(marks) - 1
    come("one", 1, "other-model")
    assert mark() == marks[-1]


def test_people_come_and_go(database: Database) -> None:
    gallery = Gallery()
    assert not follows(gallery, database)
    assert known(gallery) == {}
    enroll(database, "one", 1)
    enroll(database, "two", 2)
    assert follows(gallery, database)
    assert not follows(gallery, database)
    assert (seed_of(gallery, "one"), seed_of(gallery, "two")) == (1, 2)
    go(database, "one")
    assert follows(gallery, database)
    assert known(gallery) == {"two": (MODEL,)}
    go(database, "two")
    assert follows(gallery, database)
    assert known(gallery) == {}


def test_whoever_is_enrolled_anew_is_read_anew(database: Database) -> None:
    """An ID that was given back belongs to somebody else; their row may have the same number."""
    gallery = Gallery()
    enroll(database, "one", 1)
    enroll(database, "two", 2)
    follows(gallery, database)
    former = gallery.people()["two"]
    enroll(database, "two", 3, at=START + timedelta(hours=1))
    assert follows(gallery, database)
    assert seed_of(gallery, "two") == 3
    assert not any(take.vector.any() for take in former.voiceprints[0].takes), "overwritten"
    go(database, "two")
    enroll(database, "two", 4, at=START - timedelta(hours=1))
    assert follows(gallery, database)
    assert (seed_of(gallery, "one"), seed_of(gallery, "two")) == (1, 4)


def test_each_encoder_knows_its_own(database: Database) -> None:
    gallery = Gallery()
    enroll(database, "one", 1)
    enroll(database, "one", 5, OTHER)
    enroll(database, "two", 2)
    follows(gallery, database, *BOTH)
    assert known(gallery) == {"one": BOTH, "two": (MODEL,)}
    assert seed_of(gallery, "one", OTHER) == 5
    enroll(database, "two", 6, OTHER)
    assert follows(gallery, database, *BOTH)
    assert known(gallery)["two"] == BOTH
    # An encoder that decides no more is forgotten, and read again when it is back.
    assert follows(gallery, database, OTHER)
    assert known(gallery) == {"one": (OTHER,), "two": (OTHER,)}
    assert follows(gallery, database, *BOTH)
    assert seed_of(gallery, "one") == 1


@pytest.mark.parametrize("count", [3, 501])
def test_what_was_read_ahead_is_not_read_again(database: Database, count: int) -> None:
    with database() as unit:
        for number in range(count):
            one = voiceprint(number % 7, takes=1)
            unit.people.add(person(f"p{number:03}"))
            unit.people.save_voiceprint(f"p{number:03}", one, quality(1), START)
        unit.commit()
    ahead, at_once = Gallery(), Gallery()
    ahead.warm(database, (MODEL,))
    follows(ahead, database)
    follows(at_once, database)
    assert len(known(ahead)) == count
    assert known(ahead) == known(at_once)


def test_nothing_is_left_of_what_is_forgotten(database: Database) -> None:
    gallery = Gallery()
    enroll(database, "one", 1)
    follows(gallery, database)
    kept = gallery.people()["one"]
    gallery.forget()
    assert known(gallery) == {}
    assert not any(take.vector.any() for take in kept.voiceprints[0].takes)
    assert follows(gallery, database)
    assert seed_of(gallery, "one") == 1
