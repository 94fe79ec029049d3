"""Reading, checking, exporting and anchoring the audit records."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import tests.fakes.records.audit as fakes
from kiosk.core.accounts.acting import VISITOR, Actor, Role, acting_as
from kiosk.core.errors import (
    DatabaseCorrupt,
    InvalidInput,
    NotPermitted,
    StorageReadOnly,
)
from kiosk.core.records.audit import Anchor, AuditAction, AuditEvent, AuditQuery, AuditRecord
from kiosk.core.records.verdict import Damage
from kiosk.services.records.anchoring import Anchoring
from kiosk.services.records.audit import Audit
from kiosk.storage.records.anchors import FileAnchors
from tests.fakes.clock import FixedClock
from tests.fakes.records.audit import VERSION, chain_of_tests
from tests.fakes.storage import InMemoryDatabase

MORNING = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
OPERATOR = Actor("operator:anna", Role.OPERATOR)


class Desk:
    """The records of a kiosk in memory, and a clock that also dates the records."""

    def __init__(self) -> None:
        self.now = MORNING
        self.database = InMemoryDatabase()
        self.database.chain = chain_of_tests(lambda: self.now)
        self.clock = FixedClock()
        self.audit = Audit(self.database, self.database.chain, self.clock)

    def record(self, *subjects: str) -> None:
        for subject in subjects:
            self.audit.record(AuditEvent(AuditAction.VERIFIED, subject, {"score": 0.5}))

    @property
    def records(self) -> tuple[AuditRecord, ...]:
        return self.database.state.audit

    def actions(self) -> list[str]:
        return [each.action for each in self.records]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_first_start_begins_the_chain_and_names_the_schema(desk: Desk) -> None:
    desk.audit.begin()
    desk.audit.begin()
    assert desk.actions() == ["chain.begun", "database.migrated"]
    begun, migrated = desk.records
    assert begun.details["version"] == VERSION
    assert begun.actor == "system"
    assert migrated.details == {"from": None, "to": "memory"}


def test_another_schema_is_recorded_even_by_a_later_start(desk: Desk) -> None:
    event = AuditEvent(AuditAction.DATABASE_MIGRATED, None, {"from": None, "to": "0002"})
    desk.audit.record(event)
    desk.audit.begin()
    assert desk.records[-1].details == {"from": "0002", "to": "memory"}


def test_a_program_that_runs_on_records_start_and_end(desk: Desk) -> None:
    with desk.audit.running("service"):
        desk.audit.begin()
        desk.audit.begin()
        assert desk.actions()[-1] == "program.started"
    assert desk.actions()[1:] == ["database.migrated", "program.started", "program.stopped"]
    assert {each.subject for each in desk.records[2:]} == {"service"}
    desk.audit.begin()
    assert desk.actions()[-1] == "program.stopped"


def test_a_program_that_never_opened_the_database_records_nothing(desk: Desk) -> None:
    with desk.audit.running("desktop"):
        pass
    assert desk.records == ()


def test_the_end_is_logged_where_it_cannot_be_recorded(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with desk.audit.running("desktop"):
        desk.audit.begin()
        desk.database.commit_error = StorageReadOnly("The data folder cannot be written.")
    assert "the end of the program was not recorded" in caplog.text
    caplog.clear()


def test_today_begins_at_midnight(desk: Desk) -> None:
    now = desk.clock.now().astimezone()
    desk.now = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(seconds=1)
    desk.record("yesterday")
    desk.now += timedelta(seconds=1)
    desk.record("today", "today")
    assert desk.audit.today() == {"verification.verified": 2}
    assert desk.audit.midnight(1) < desk.audit.midnight()


def test_who_may_not_see_records_is_refused(desk: Desk, tmp_path: Path) -> None:
    desk.record("anna")
    with acting_as(VISITOR):
        for refused in (desk.audit.today, desk.audit.verify, lambda: desk.audit.find(AuditQuery())):
            with pytest.raises(NotPermitted):
                refused()
    with acting_as(OPERATOR):
        assert desk.audit.verify().intact
        with pytest.raises(NotPermitted):
            desk.audit.export(AuditQuery())
        with pytest.raises(NotPermitted):
            desk.audit.anchor(FileAnchors(tmp_path / "anchors"))


def test_an_export_has_everything_in_order_and_is_recorded(desk: Desk) -> None:
    desk.record(*(f"p{number}" for number in range(4_500)))
    found = desk.audit.export(AuditQuery(actions=("verification.verified",)))
    assert [each.seq for each in found] == list(range(2, 4_502))
    assert desk.records[-1].action == "audit.exported"
    assert desk.records[-1].details == {"records": 4_500}


def test_checking_reports_how_far_it_is(desk: Desk) -> None:
    desk.record(*(f"p{number}" for number in range(4_500)))
    steps: list[tuple[int, int]] = []
    verdict = desk.audit.verify(progress=lambda done, total: steps.append((done, total)))
    assert verdict.intact
    assert verdict.records == 4_501
    assert steps == [(2_000, 4_501), (4_000, 4_501), (4_501, 4_501)]


def test_records_that_are_added_during_the_check_do_not_disturb_it(desk: Desk) -> None:
    desk.record(*(f"p{number}" for number in range(2_500)))
    verdict = desk.audit.verify(progress=lambda done, total: desk.record("meanwhile"))
    assert verdict.intact
    assert verdict.records == 2_501


def test_a_record_that_cannot_be_read_is_found_among_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.record(*(f"p{number}" for number in range(20)))
    whole = desk.database.state.audit

    # A page stops at the first unreadable row, as a database does; single rows before it are fine.
    def page(self: fakes.InMemoryAudit, after: int, limit: int) -> list[AuditRecord]:
        found = [each for each in whole if each.seq > after][:limit]
        if any(each.seq == 13 for each in found):
            raise DatabaseCorrupt("The audit records cannot be read.")
        return found

    monkeypatch.setattr(fakes.InMemoryAudit, "page", page)
    broken = desk.audit.verify().broken
    assert broken is not None
    assert (broken.damage, broken.seq) == (Damage.UNREADABLE, 13)


# --- anchors ---------------------------------------------------------------------------------


@pytest.fixture
def anchors(tmp_path: Path) -> FileAnchors:
    return FileAnchors(tmp_path / "usb" / "anchors.txt")


def test_an_anchor_notes_the_last_record(desk: Desk, anchors: FileAnchors) -> None:
    desk.record("anna")
    last = desk.records[-1]
    made = desk.audit.anchor(anchors)
    assert (made.seq, made.mac) == (last.seq, last.mac)
    assert anchors.read() == [made]
    assert desk.records[-1].action == "audit.anchored"
    verdict = desk.audit.verify([anchors])
    assert verdict.intact
    assert verdict.anchors == 1


def test_without_records_there_is_nothing_to_anchor(desk: Desk, anchors: FileAnchors) -> None:
    with pytest.raises(InvalidInput, match="no audit record"):
        desk.audit.anchor(anchors)


def test_a_file_has_one_line_for_each_anchor(desk: Desk, anchors: FileAnchors) -> None:
    desk.record("anna")
    desk.audit.anchor(anchors)
    desk.audit.anchor(anchors)
    lines = Path(anchors.name).read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["2", "3"]
    assert all(len(line.split(",")) == 3 for line in lines)
    assert anchors.last() == anchors.read()[-1]
    assert Path(anchors.name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("line", ["nonsense", "1,ff,2026-01-01T00:00:00+00:00", f"x,{'0' * 64},x"])
def test_a_damaged_line_is_named(anchors: FileAnchors, line: str) -> None:
    anchors.add(Anchor(1, "0" * 64, MORNING))
    with Path(anchors.name).open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(InvalidInput, match="Line 2"):
        anchors.read()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="cannot be written"):
        FileAnchors(tmp_path / "file" / "anchors").add(Anchor(1, "0" * 64, MORNING))


def test_an_earlier_state_is_found_by_the_anchor_that_the_settings_name(
    desk: Desk, anchors: FileAnchors
) -> None:
    audit = Audit(desk.database, desk.database.chain, desk.clock, anchors)
    desk.record("anna")
    earlier = desk.database.state.copy()
    desk.record("bob")
    audit.anchor(anchors)
    assert audit.verify().intact
    desk.database.state = earlier
    broken = audit.verify().broken
    assert broken is not None
    assert (broken.damage, broken.seq) == (Damage.ROLLED_BACK, 3)


def record_at(seq: int, at: datetime) -> AuditRecord:
    return AuditRecord(seq, at, "verification.verified", "visitor", None, "{}", f"{seq:064x}")


def test_anchors_are_written_each_so_many_records_and_each_day(anchors: FileAnchors) -> None:
    anchoring = Anchoring(anchors, every=10)
    for seq in range(1, 35):
        anchoring.committed(record_at(seq, MORNING), changed=False)
    assert [each.seq for each in anchors.read()] == [1, 11, 21, 31]
    anchoring.committed(record_at(35, MORNING + timedelta(days=1)), changed=False)
    anchoring.committed(record_at(36, MORNING + timedelta(days=1, hours=1)), changed=False)
    assert [each.seq for each in anchors.read()][4:] == [35]


def test_another_process_may_have_written_the_anchor(anchors: FileAnchors) -> None:
    one, other = Anchoring(anchors, every=10), Anchoring(anchors, every=10)
    for seq in range(1, 30):
        (one if seq % 2 else other).committed(record_at(seq, MORNING), changed=False)
    assert [each.seq for each in anchors.read()] == [1, 11, 21]


def test_a_restored_backup_is_anchored_at_once(anchors: FileAnchors) -> None:
    anchoring = Anchoring(anchors, every=1_000)
    anchoring.committed(record_at(500, MORNING), changed=False)
    anchoring.committed(record_at(200, MORNING), changed=False)
    assert [each.seq for each in anchors.read()] == [500, 200]


def test_each_change_of_what_decides_over_access_is_anchored_at_once(
    anchors: FileAnchors,
) -> None:
    anchoring = Anchoring(anchors, every=1_000)
    for seq, changed in enumerate((False, True, False, True), start=1):
        anchoring.committed(record_at(seq, MORNING), changed=changed)
    assert [each.seq for each in anchors.read()] == [1, 2, 4]


def test_the_newest_of_many_anchors_are_read_whole(anchors: FileAnchors) -> None:
    assert anchors.recent() == []
    lines = [f"{seq},{seq:064x},{MORNING.isoformat()}\n" for seq in range(1, 501)]
    Path(anchors.name).parent.mkdir(parents=True, exist_ok=True)
    Path(anchors.name).write_text("".join(lines))
    newest, everything = anchors.recent(), anchors.read()
    assert 300 < len(newest) < len(everything) == 500
    assert newest == everything[-len(newest) :]


def test_a_place_that_is_gone_keeps_nobody_waiting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "usb"
    place.write_text("")  # a file where the folder should be
    anchors = FileAnchors(place / "anchors.txt")
    anchoring = Anchoring(anchors, every=10)
    for seq in range(1, 26):
        anchoring.committed(record_at(seq, MORNING), changed=False)
    assert caplog.text.count("were not anchored") == 1  # not with each record
    place.unlink()
    for seq in range(26, 30):
        anchoring.committed(record_at(seq, MORNING), changed=False)
    assert [each.seq for each in anchors.read()] == [26]
    caplog.clear()


def test_a_transaction_tells_of_its_newest_record_when_it_is_durable(tmp_path: Path) -> None:
    from kiosk.core.records.chain import Chain
    from kiosk.storage.sqlite import SqlDatabase
    from tests.fakes.records.audit import PlainSecret

    told: list[tuple[int, bool]] = []

    def committed(newest: AuditRecord, changed: bool) -> None:
        told.append((newest.seq, changed))

    chain = Chain(PlainSecret(), lambda: MORNING, VERSION, committed)
    database = SqlDatabase(tmp_path / "kiosk.db", chain=chain)
    database.prepare()
    with database() as work:
        work.audit.append(AuditEvent(AuditAction.ENABLED, "a"))
        work.audit.append(AuditEvent(AuditAction.VERIFIED, "b"))
        assert told == []
        work.commit()
    with suppress(RuntimeError), database() as work:
        work.audit.append(AuditEvent(AuditAction.ENABLED, "c"))
        raise RuntimeError("rolled back")
    with database() as work:
        work.preferences.set("theme", "dark", MORNING)
        work.commit()
    with database() as work:
        work.audit.append(AuditEvent(AuditAction.VERIFIED, "a"))
        work.commit()
    assert told == [(3, True), (4, False)]
    database.close()


def test_a_changed_record_is_found(desk: Desk) -> None:
    desk.record("a", "b", "c")
    state = desk.database.state
    state.audit = (*state.audit[:2], replace(state.audit[2], mac="0" * 64), *state.audit[3:])
    broken = desk.audit.verify().broken
    assert broken is not None
    assert (broken.damage, broken.seq) == (Damage.CHANGED, 3)
