"""How many people another setting would turn away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.acting import VISITOR, acting_as
from kiosk.core.errors import NotPermitted
from kiosk.services.visit.shut_out import ShutOut
from kiosk.services.voice.scoring import set_one_in
from tests.fakes.samples import attempt
from tests.ui.site import settle
from tests.ui.support import Kit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def kit(data_dir: Path) -> Kit:
    """Return a kiosk with five people who score well."""
    made = Kit(data_dir)
    settle(made, 5)
    return made


def tried(kit: Kit, user_id: str, score: float) -> None:
    with kit.database() as work:
        work.people.add_attempt(replace(attempt(1, user_id), score=score, threshold=0.25))
        work.commit()


def at(kit: Kit, one_in: int) -> ShutOut:
    return kit.kiosk.shut_outs.standing().at(one_in)


def test_nobody_far_from_the_line_is_turned_away(kit: Kit) -> None:
    assert at(kit, 1_000) == ShutOut(0, 5)


def test_whoever_was_near_the_line_the_last_time_is(kit: Kit) -> None:
    tried(kit, "p001", 0.2501)
    assert at(kit, 1_000) == ShutOut(1, 5)
    assert at(kit, 100) == ShutOut(0, 5), "that is in force"
    assert at(kit, 20) == ShutOut(0, 5), "a wider one turns nobody away"


def test_who_does_not_pass_today_or_cannot_be_verified_is_not_counted(kit: Kit) -> None:
    tried(kit, "p001", 0.1)  # passes by their own takes
    kit.kiosk.people.set_enabled("p002", enabled=False)
    assert at(kit, 1_000) == ShutOut(0, 4)


def test_where_takes_of_one_person_differ_they_are_counted_before_anybody_has_tried(
    data_dir: Path,
) -> None:
    kit = Kit(data_dir)
    settle(kit, 5, noise=1.6)
    set_one_in(kit.kiosk.preferences, 10)
    found = at(kit, 100_000)
    assert found.people == 5
    assert found.count > 0


def test_a_cosine_is_compared_as_it_is(data_dir: Path) -> None:
    kit = Kit(data_dir)
    kit.enroll("1001", 1)
    kit.enroll("1002", 2)
    tried(kit, "1001", 0.6)
    standing = kit.kiosk.shut_outs.standing()
    assert standing.below(0.6) == ShutOut(0, 2)
    assert standing.below(0.7) == ShutOut(1, 2)
    assert standing.at(100_000) == ShutOut(0, 2), "no policy decides there"


def test_visitors_may_not_know(kit: Kit) -> None:
    with acting_as(VISITOR), pytest.raises(NotPermitted):
        kit.kiosk.shut_outs.standing()
