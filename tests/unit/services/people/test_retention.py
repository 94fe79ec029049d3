"""The period of keeping, and the purge at its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.core.accounts.acting import SYSTEM, VISITOR, acting_as
from kiosk.core.errors import NotPermitted, SettingsInvalid, StorageError, UnknownUser
from kiosk.core.people.erasure import Reason
from kiosk.core.people.retention import CONFIRMED_AFTER, Preset, RetentionPolicy
from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.services.people.retention_policy import PERIOD
from tests.unit.services.kit import ANNA, BOB, CARLA, Kit, speech

DAY = 86_400.0


@pytest.fixture
def kit() -> Kit:
    """Return a kit with two people, kept for 60 days, whose clock is believed."""
    made = Kit()
    made.enroll("anna", ANNA)
    made.enroll("bob", BOB)
    made.retention.set(RetentionPolicy(Preset.CUSTOM, 60, warn_days=10))
    made.retention.run(date_is_right=True)
    return made


def pass_days(kit: Kit, days: int) -> None:
    """Let days pass while the kiosk runs, without the purge that the last of them brings."""
    for _ in range(days - 1):
        kit.clock.advance(DAY)
        assert kit.retention.run().erased == ()
    kit.clock.advance(DAY)


def ids(kit: Kit) -> list[str]:
    return [each.person.user_id for each in kit.people.everybody()]


def test_nobody_is_kept_for_ever_unless_it_was_said() -> None:
    assert Kit().retention.policy() == RetentionPolicy(Preset.BIPA)


def test_whose_time_has_come_is_erased_with_a_proof(kit: Kit) -> None:
    pass_days(kit, 30)
    kit.verify("bob", speech(BOB))
    pass_days(kit, 30)
    with acting_as(SYSTEM):
        (proof,) = kit.retention.run().erased
    assert (proof.user_id, proof.reason, proof.actor) == ("anna", Reason.RETENTION, "system")
    assert ids(kit) == ["bob"]
    with kit.database() as work:
        (record,) = work.audit.find(AuditQuery(actions=(AuditAction.PURGED.value,)))
    assert (record.seq, record.subject, record.actor) == (proof.record, "anna", "system")


def test_only_a_verified_person_counts_as_being_here(kit: Kit) -> None:
    began = kit.clock.now()
    kit.clock.advance(DAY)
    kit.verify("anna", speech(BOB))
    kit.verify("anna", speech(ANNA, seconds=1.0))
    assert kit.retention.kept("anna").person.at == began
    kit.verify("anna", speech(ANNA))
    assert kit.retention.kept("anna").person.at == kit.clock.now()
    assert kit.retention.kept("anna").due_at == kit.clock.now() + timedelta(days=60)
    kit.clock.advance(DAY)
    kit.enroll("anna", ANNA, replacing=True)
    assert kit.retention.kept("anna").person.at == kit.clock.now()
    with pytest.raises(UnknownUser):
        kit.retention.kept("nobody")


def test_the_end_is_announced(kit: Kit) -> None:
    pass_days(kit, 49)
    assert kit.retention.status().warned == ()
    pass_days(kit, 1)
    status = kit.retention.status()
    assert [each.person.user_id for each in status.warned] == ["anna", "bob"]
    assert status.due == ()


def test_without_a_period_nobody_is_erased(kit: Kit) -> None:
    kit.retention.set(RetentionPolicy(Preset.NONE))
    pass_days(kit, 100)
    assert kit.retention.run().erased == ()
    assert kit.retention.status().people[0].due_at is None


def test_another_period_can_be_tried_before_it_is_set(kit: Kit) -> None:
    pass_days(kit, 20)
    tried = kit.retention.status(RetentionPolicy(Preset.CUSTOM, 15))
    assert [each.person.user_id for each in tried.due] == ["anna", "bob"]
    assert kit.retention.status().due == ()


def test_setting_the_period_is_recorded(kit: Kit) -> None:
    kit.retention.set(RetentionPolicy(Preset.TEXAS, warn_days=5))
    assert kit.retention.policy() == RetentionPolicy(Preset.TEXAS, warn_days=5)
    with kit.database() as work:
        record = work.audit.find(AuditQuery(actions=(AuditAction.SETTING_CHANGED.value,)))[0]
    assert (record.subject, record.details["new"]) == (PERIOD, "texas")
    assert record.details["old"] == "custom:60"


@pytest.mark.parametrize("stored", ["", "sometimes", "custom:0"])
def test_a_period_that_cannot_be_read_erases_nobody(kit: Kit, stored: str) -> None:
    kit.preferences.set(PERIOD, stored or "?")
    kit.clock.advance(3650 * DAY)
    with pytest.raises(SettingsInvalid):
        kit.retention.run(date_is_right=True)
    kit.preferences.set(PERIOD, None)
    assert ids(kit) == ["anna", "bob"]


# --- the clock -------------------------------------------------------------------------------


def test_a_clock_that_jumps_years_ahead_erases_nobody(kit: Kit) -> None:
    kit.clock.advance(3650 * DAY)
    purge = kit.retention.run()
    assert purge.status.held
    assert purge.erased == ()
    assert len(purge.status.due) == 2
    assert any("clock has jumped" in line for line in kit.activity.lines)
    kit.clock.advance(-3650 * DAY)
    assert not kit.retention.run().status.held
    assert ids(kit) == ["anna", "bob"]


def test_an_administrator_may_vouch_for_the_date(kit: Kit) -> None:
    kit.clock.advance(3650 * DAY)
    assert len(kit.retention.run(date_is_right=True).erased) == 2
    assert ids(kit) == []


def test_a_kiosk_that_was_off_for_long_goes_on_after_two_weeks(kit: Kit) -> None:
    kit.clock.advance(90 * DAY)
    for _ in range(CONFIRMED_AFTER.days):
        assert kit.retention.run().erased == ()
        kit.clock.advance(DAY)
    assert len(kit.retention.run().erased) == 2


def test_what_is_remembered_of_the_clock_may_be_damaged(kit: Kit) -> None:
    pass_days(kit, 60)
    kit.preferences.set("retention:clock", "{")
    assert kit.retention.run().status.held
    assert ids(kit) == ["anna", "bob"]


def test_a_new_kiosk_believes_the_date_that_it_begins_with() -> None:
    made = Kit()
    made.retention.begin()
    made.enroll("anna", ANNA)
    made.clock.advance(DAY)
    assert not made.retention.status().held
    assert not made.retention.run().status.held
    assert made.activity.lines == ["Enrolled anna"]


def test_a_purge_of_a_kiosk_without_people_believes_the_date_too() -> None:
    made = Kit()
    assert not made.retention.run().status.held
    made.enroll("anna", ANNA)
    assert not made.retention.run().status.held


def test_the_date_of_a_kiosk_with_people_must_be_confirmed() -> None:
    made = Kit()
    made.enroll("anna", ANNA)
    made.retention.begin()
    assert made.retention.run().status.held


def test_the_date_that_was_believed_first_is_not_believed_again(kit: Kit) -> None:
    kit.people.remove_all()
    kit.clock.advance(3650 * DAY)
    kit.retention.begin()
    assert kit.retention.run().status.held


# --- never two at once -----------------------------------------------------------------------


def claim(kit: Kit, lasts_s: float) -> None:
    end = kit.clock.now() + timedelta(seconds=lasts_s)
    kit.preferences.set("retention:running", f"{end.isoformat()} somebody-else")


def test_a_success_at_a_clock_that_was_wrong_keeps_nobody_for_longer(kit: Kit) -> None:
    years = 74 * 365
    kit.clock.advance(years * DAY)
    kit.verify("anna", speech(ANNA))
    assert kit.retention.run().status.held
    kit.clock.advance(-years * DAY)
    now = kit.clock.now()
    # At once where it is shown, and for good with the next purge.
    assert kit.retention.kept("anna").due_at == now + timedelta(days=60)
    assert {each.due_at for each in kit.retention.status().people} == {now + timedelta(days=60)}
    assert kit.retention.run().erased == ()
    pass_days(kit, 60)
    assert len(kit.retention.run().erased) == 2
    assert ids(kit) == []


def test_two_purges_do_not_run_at_once(kit: Kit) -> None:
    pass_days(kit, 60)
    claim(kit, 300)
    assert kit.retention.run().busy
    assert not kit.retention.purge_now()
    assert ids(kit) == ["anna", "bob"]
    # That process has died.
    kit.clock.advance(301)
    assert kit.retention.purge_now()
    assert ids(kit) == []


def test_a_claim_of_a_clock_that_was_ahead_is_void(kit: Kit) -> None:
    pass_days(kit, 60)
    claim(kit, 3650 * DAY)
    assert len(kit.retention.run().erased) == 2


def test_a_purge_that_fails_gives_its_claim_back(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    pass_days(kit, 60)

    def failing(*_: object, **__: object) -> None:
        raise StorageError("The disk failed.")

    monkeypatch.setattr(kit.retention, "_erase", failing)
    with pytest.raises(StorageError):
        kit.retention.run()
    monkeypatch.undo()
    assert len(kit.retention.run().erased) == 2


def test_whoever_is_verified_at_the_last_moment_stays(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    pass_days(kit, 60)
    erase = kit.erase

    def verified_first(user_id: str, *args: object, **options: object) -> object:
        if user_id == "anna":
            kit.verify("anna", speech(ANNA))
        return erase(user_id, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(kit.retention, "_erase", verified_first)
    assert [each.user_id for each in kit.retention.run().erased] == ["bob"]
    assert ids(kit) == ["anna"]


def test_only_those_who_may_see_and_change_it(kit: Kit) -> None:
    with acting_as(VISITOR):
        for act in (
            kit.retention.run,
            kit.retention.status,
            lambda: kit.retention.set(RetentionPolicy()),
        ):
            with pytest.raises(NotPermitted):
                act()


def test_people_of_before_begin_with_their_consent() -> None:
    kit = Kit()
    kit.enroll("carla", CARLA)
    kit.database.state.interactions.clear()
    assert kit.retention.kept("carla").person.at == kit.clock.now()
