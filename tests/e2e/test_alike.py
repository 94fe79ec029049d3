"""Nobody learns by the time of an answer whether an ID is known.

Few tries, which show what is plain; ``make soak`` measures with many.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from kiosk.core.accounts.acting import VISITOR, acting_as
from tests.support import timing
from tests.support.timing import Measured, Times, differs, mann_whitney, measured_in

if TYPE_CHECKING:
    from collections.abc import Iterator

TRIES = 200
_ROUNDS = 4
_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Measured]]:
    """Return measurements; a further one only when the last shows a difference.

    One in a hundred does where there is none: that is what p < 0.01 means. A difference that is
    there is found again.
    """
    # In memory where there is such a folder: what the disk does would hide small differences.
    in_memory = _MEMORY.is_dir()
    place = Path(tempfile.mkdtemp(dir=_MEMORY)) if in_memory else tmp_path_factory.mktemp("alike")
    found: list[Measured] = []
    while not found or (differs(found[-1]) and len(found) < _ROUNDS):
        found.append(measured_in(place, TRIES, seed=len(found) + 1))
    yield found
    if in_memory:
        shutil.rmtree(place)


def test_known_and_unknown_ids_take_as_long(rounds: list[Measured]) -> None:
    figures = [(each.wall.p, each.work.p) for each in rounds]
    assert not all(differs(each) for each in rounds), figures


def test_twice_the_time_would_have_been_noticed(rounds: list[Measured]) -> None:
    work = rounds[0].work
    assert work.slower(1.0).p < 0.01
    assert Times(work.unknown, work.known).slower(1.0).p < 0.01


def test_the_same_questions_are_asked_of_the_database(tmp_path: Path) -> None:
    """Exactly: a difference that no clock shows on one day shows on another."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    def questions(user_id: str) -> list[str]:
        asked.clear()
        timing._once(verify, user_id, speech)
        return list(asked)

    with timing._kiosk(tmp_path) as verify, acting_as(VISITOR):
        speech = timing._speech()
        for known in (True, False):
            timing._once(verify, timing._user_id(0, known=known), speech)
        event.listen(Engine, "before_cursor_execute", note)
        try:
            told = [questions(timing._user_id(0, known=known)) for known in (True, False)]
        finally:
            event.remove(Engine, "before_cursor_execute", note)
    assert told[0] == told[1]
    assert len(told[0]) > 10


def test_the_test_itself_sees_differences_and_no_others() -> None:
    random = np.random.default_rng(1)
    same = [
        mann_whitney(random.exponential(size=200), random.exponential(size=200)) for _ in range(400)
    ]
    # By chance one in a hundred is below; twelve in four hundred would be very much by chance.
    assert sum(p < 0.01 for p in same) < 12
    assert 0.4 < float(np.median(same)) < 0.6
    one = random.normal(10, 1, 300)
    assert mann_whitney(one, random.normal(10.5, 1, 300)) < 1e-4
    assert mann_whitney(np.ones(50), np.ones(60)) == 1.0
    assert mann_whitney(np.array([1.0, 2, 2, 3] * 10), np.array([1.0, 2, 2, 3] * 10)) > 0.9
