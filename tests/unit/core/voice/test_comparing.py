from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kiosk.core.people.users import Person, PersonSummary
from kiosk.core.voice.comparing import Comparing, must_enroll_again, stale

BOTH = Comparing(("ecapa", "campplus"), frozenset({"ecapa", "campplus"}))
COSINE = Comparing(("ecapa",), frozenset({"ecapa"}))
TOGETHER_ONLY = Comparing(("ecapa", "campplus"), frozenset())


def person(user_id: str, *model_ids: str) -> PersonSummary:
    one = Person(user_id, "", datetime(2026, 1, 1, tzinfo=UTC))
    return PersonSummary(one, 3, None, None, model_ids=model_ids)


@pytest.mark.parametrize(
    ("deciding", "known", "by"),
    [
        (BOTH, ["campplus", "ecapa"], ("ecapa", "campplus")),
        (BOTH, ["ecapa"], ("ecapa",)),
        (BOTH, ["campplus", "old"], ("campplus",)),
        (BOTH, ["old"], ()),
        (COSINE, ["campplus", "ecapa"], ("ecapa",)),
        (COSINE, ["campplus"], ()),
        (TOGETHER_ONLY, ["ecapa"], ()),
        (TOGETHER_ONLY, ["campplus", "ecapa"], ("ecapa", "campplus")),
    ],
)
def test_by_which_encoders_a_person_is_compared(
    deciding: Comparing, known: list[str], by: tuple[str, ...]
) -> None:
    assert deciding.by(known) == by


def test_people_without_a_voiceprint_are_not_those_who_must_enroll_again() -> None:
    people = [
        person("anna", "campplus", "ecapa"),
        person("bob", "ecapa"),
        person("carla", "old"),
        person("dora"),
    ]
    found = stale(people, BOTH)
    assert (found.again, found.weaker) == (("carla",), ("bob",))
    assert [must_enroll_again(each, BOTH) for each in people] == [False, False, True, False]
