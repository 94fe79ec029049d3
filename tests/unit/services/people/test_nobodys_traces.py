"""What is typed where nobody has that ID: it may be a PIN, a badge, or another one's ID."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.core.accounts.acting import VISITOR, acting_as
from kiosk.core.errors import InvalidInput, NotPermitted, UnknownUser
from kiosk.core.limits.attempts import Tally
from kiosk.core.people.retention import NOBODYS
from kiosk.core.visit.outcomes import Locked
from tests.unit.services.kit import ANNA, BOB, CARLA, Kit, speech

TYPED = "48291377"
"""A PIN, or a badge, that could be an ID as well."""
DAY = 86_400.0


@pytest.fixture
def kit() -> Kit:
    made = Kit()
    made.enroll("anna", ANNA)
    return made


def everything(kit: Kit) -> str:
    """Return all that is kept, as text."""
    state = kit.database.state
    audit = " ".join(record.record for record in state.audit)
    return f"{state.attempts} {state.throttles} {state.preferences} {audit} {kit.activity.lines}"


def test_it_is_recorded_under_a_pseudonym_whatever_came_of_it(kit: Kit) -> None:
    with acting_as(VISITOR):
        admitted = kit.verify.admit(TYPED)
        for _ in range(5):
            kit.verify(admitted.user_id, speech(BOB))
        assert isinstance(kit.verify(TYPED, speech(BOB)), Locked)
        assert isinstance(kit.verify(TYPED, speech(BOB, seconds=0.5)), Locked)
        kit.verify(f"{TYPED}0", speech(BOB, seconds=0.5))
    with pytest.raises(UnknownUser):
        kit.verify(TYPED, speech(BOB), blind=False)
    with pytest.raises(UnknownUser):
        kit.verify(TYPED, speech(BOB, seconds=0.5), blind=False)
    assert TYPED not in everything(kit)
    pseudonym = kit.trying.attempts.pseudonym(TYPED)
    assert attempts(kit, pseudonym) == 5
    subjects = [record.subject for record in kit.database.state.audit][-10:]
    other = kit.trying.attempts.pseudonym(f"{TYPED}0")
    assert subjects == [pseudonym] * 7 + [other] + [pseudonym] * 2
    assert f"Locked {pseudonym} until 30 s have passed (too_many_failures)" in kit.activity.lines


def test_a_pseudonym_can_be_nobodys_id_and_is_of_one_kiosk(kit: Kit) -> None:
    pseudonym = kit.trying.attempts.pseudonym(TYPED)
    assert pseudonym == Kit().trying.attempts.pseudonym(TYPED)
    assert pseudonym != kit.trying.attempts.pseudonym(f"{TYPED}0")
    with pytest.raises(InvalidInput):
        kit.enrolling.require_free(pseudonym)


def test_a_newcomer_is_not_held_to_what_others_tried_under_the_id(kit: Kit) -> None:
    with acting_as(VISITOR):
        for _ in range(5):
            kit.verify("carla", speech(BOB))
        assert isinstance(kit.verify("carla", speech(CARLA)), Locked)
    kit.enroll("carla", CARLA)
    with acting_as(VISITOR):
        assert kit.verify("carla", speech(CARLA)).name == "verified"


def test_enrolling_somebody_again_forgives_nothing(kit: Kit) -> None:
    for _ in range(5):
        kit.verify("anna", speech(BOB))
    kit.enroll("anna", ANNA, replacing=True)
    assert kit.trying.attempts.locks(["anna"]).keys() == {"anna"}


def test_the_number_of_a_badge_becomes_nobodys_id(kit: Kit) -> None:
    kit.trying.factors.set_badge("anna", TYPED)
    for enroll in (
        lambda: kit.enrolling.require_free(TYPED),
        lambda: kit.enroll(TYPED, CARLA),
    ):
        with pytest.raises(InvalidInput, match="number of a badge") as refused:
            enroll()
        assert "anna" not in str(refused.value)
    assert kit.verify.admit(TYPED).user_id == "anna"


# --- and how long it is kept -----------------------------------------------------------------


def test_what_nobody_tried_is_removed_after_a_month(kit: Kit) -> None:
    kit.verify("anna", speech(BOB))
    with acting_as(VISITOR):
        kit.verify("nobody", speech(BOB))
    kit.clock.advance(20 * DAY)
    with acting_as(VISITOR):
        kit.verify("nobody-else", speech(BOB))
    assert kit.retention.forget_nobodys() == 0
    kit.clock.advance(NOBODYS.total_seconds() - 20 * DAY + 1)
    assert kit.retention.forget_nobodys() == 2  # an attempt and its tally
    nobody, other = (kit.trying.attempts.pseudonym(each) for each in ("nobody", "nobody-else"))
    assert [attempts(kit, each) for each in (nobody, other, "anna")] == [0, 1, 1]
    kept = kit.database.state.throttles
    assert sorted(key.partition(":")[0] for key in kept) == ["person", "person", "place"]
    assert kept[person_key(kit, "anna")].failures == 1


def test_accounts_and_people_keep_what_was_counted(kit: Kit) -> None:
    with kit.database() as work:
        for key in ("operator:anna", "nobody:0123", "place:0123", person_key(kit, "anna")):
            work.throttles.put(key, Tally(50, 0, 50, disabled=True), kit.clock.now())
        work.commit()
    kit.clock.advance(timedelta(days=3_650).total_seconds())
    assert kit.retention.forget_nobodys() == 2
    assert kit.database.state.throttles.keys() == {"operator:anna", person_key(kit, "anna")}


def test_only_who_keeps_people_forgets(kit: Kit) -> None:
    with acting_as(VISITOR), pytest.raises(NotPermitted):
        kit.retention.forget_nobodys()


def person_key(kit: Kit, user_id: str) -> str:
    return kit.trying.attempts.keys(user_id).person


def attempts(kit: Kit, user_id: str) -> int:
    with kit.database() as work:
        return len(work.people.attempts(user_id))
