"""Erasing people: everything goes at once, and a proof stays."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.acting import VISITOR, Actor, Role, acting_as
from kiosk.core.accounts.credentials import Right
from kiosk.core.accounts.roles import carried_by, program
from kiosk.core.backup.backups import BackupInfo, BackupReason
from kiosk.core.errors import KeyUnavailable, NotPermitted, StorageError, UnknownUser
from kiosk.core.people.erasure import Reason
from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.services.people.erasure import UNFINISHED, Erasure
from kiosk.services.people.log_traces import LogTraces
from tests.fakes.clock import START
from tests.unit.services.kit import ANNA, BOB, CARLA, Kit, speech

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kiosk.core.ports import UnitOfWork


@pytest.fixture
def kit() -> Kit:
    made = Kit()
    made.enroll("anna", ANNA)
    made.enroll("bob", BOB)
    made.activity.lines.clear()
    return made


def backup(name: str) -> BackupInfo:
    made = START - timedelta(days=1)
    return BackupInfo(Path(name), made, "k", "0003", "1", BackupReason.MANUAL, 1, passphrase=False)


@dataclass
class Shelf:
    """Implements :class:`kiosk.core.people.erasure.OldBackups`."""

    infos: list[BackupInfo] = field(default_factory=lambda: [backup("a.kb"), backup("b.kb")])
    plain: list[Path] = field(default_factory=list)
    locked: bool = False

    def all(self) -> list[BackupInfo]:
        return list(self.infos)

    def unencrypted(self) -> list[Path]:
        return list(self.plain)

    def holding(self, user_id: str) -> list[Path]:
        if self.locked:
            raise KeyUnavailable("There is no key.")
        found = [each.file for each in self.infos[:1]] if user_id == "anna" else []
        return found + self.plain

    def remove(self, file: Path) -> None:
        self.infos = [each for each in self.infos if each.file != file]
        self.plain = [each for each in self.plain if each != file]


def test_the_proof_says_what_went_and_nothing_of_the_voice(kit: Kit) -> None:
    kit.verify("anna", speech(ANNA))
    proof = kit.people.remove("anna", Reason.WITHDRAWN)
    assert (proof.user_id, proof.people, proof.reason) == ("anna", 1, Reason.WITHDRAWN)
    assert (proof.at, proof.actor, proof.overwritten) == (START, "console:tests", True)
    assert proof.rows == {
        "person": 1,
        "voiceprint": 1,
        "take": 3,
        "attempt": 1,
        "consent_receipt": 1,
    }
    assert json.loads(json.dumps(proof.as_dict()))["rows"] == dict(proof.rows)
    with kit.database() as work:
        assert work.traces.count("anna") == {}
        assert work.people.get("bob") is not None


def test_the_audit_keeps_the_fact(kit: Kit) -> None:
    proof = kit.people.remove("anna", Reason.WITHDRAWN)
    with kit.database() as work:
        wanted = (AuditAction.ERASED.value, AuditAction.CONSENT_WITHDRAWN.value)
        erased, withdrawn = work.audit.find(AuditQuery(actions=wanted))
    assert (erased.seq, erased.subject, erased.actor) == (proof.record, "anna", "console:tests")
    assert erased.details["rows_take"] == 3
    assert erased.details["reason"] == "consent_withdrawn"
    assert withdrawn.subject == "anna"


def test_failures_under_the_id_are_forgotten(kit: Kit) -> None:
    for _ in range(7):
        kit.verify("anna", speech(BOB))
    assert set(kit.trying.attempts.locks(["anna", "bob"])) == {"anna"}
    kit.people.remove("anna")
    kit.enroll("anna", ANNA)
    assert kit.trying.attempts.locks(["anna"]) == {}


def test_everybody_goes_at_once_with_the_attempts_of_nobody(kit: Kit) -> None:
    for _ in range(7):
        kit.verify("anna", speech(BOB))
        kit.verify("ghost", speech(BOB), blind=True)
    proof = kit.erase.everybody()
    assert (proof.user_id, proof.people, proof.reason) == (None, 2, Reason.EVERYBODY)
    with kit.database() as work:
        assert work.traces.count(None) == {}
        assert not [key for key in work.throttles.all() if key.startswith("person:")]


def test_nothing_happens_where_a_condition_does_not_hold(kit: Kit) -> None:
    assert kit.erase("anna", only_if=lambda _: False) is None
    with kit.database() as work:
        assert work.people.get("anna") is not None
    assert kit.activity.lines == []


def test_an_erasure_that_leaves_something_is_no_erasure(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.fakes.consent import InMemoryTraces

    monkeypatch.setattr(InMemoryTraces, "count", lambda *_: {"later_table": 1})
    with pytest.raises(StorageError, match="later_table"):
        kit.people.remove("anna")
    with kit.database() as work:
        assert work.people.voiceprint("anna", "model-1") is not None


def test_an_unknown_id_leaves_no_trace(kit: Kit) -> None:
    with pytest.raises(UnknownUser):
        kit.people.remove("nobody")
    with kit.database() as work:
        assert work.preferences.get(UNFINISHED) is None


def test_visitors_erase_nobody(kit: Kit) -> None:
    with acting_as(VISITOR):
        for act in (lambda: kit.people.remove("anna"), kit.people.remove_all):
            with pytest.raises(NotPermitted):
                act()
    assert kit.people.remove_all() == 2


# --- overwriting -----------------------------------------------------------------------------


def test_what_somebody_reads_is_overwritten_later(kit: Kit) -> None:
    kit.database.being_read = True
    assert kit.people.remove("anna").overwritten is False
    assert not kit.erase.finish()
    # Another process, after a restart, finds it unfinished.
    again = Erasure(kit.database, kit.clock, kit.activity, kit.trying.attempts)
    kit.database.being_read = False
    assert again.finish()
    scrubs = kit.database.scrubs
    assert again.finish()
    assert kit.database.scrubs == scrubs, "there was nothing left to do"


@pytest.mark.expects_log
def test_an_erasure_counts_though_it_cannot_be_overwritten_yet(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: float = 0.0) -> bool:
        raise StorageError("The disk failed.")

    monkeypatch.setattr(kit.database, "scrub", failing)
    assert kit.people.remove("anna").overwritten is False
    with kit.database() as work:
        assert work.people.get("anna") is None
        assert work.preferences.get(UNFINISHED) is not None


def test_what_is_erased_meanwhile_is_not_finished(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.database.being_read = True
    kit.people.remove("anna")

    def scrub(_: float = 0.0) -> bool:
        with kit.database() as work:
            work.preferences.set(UNFINISHED, "later", kit.clock.now())
            work.commit()
        return True

    monkeypatch.setattr(kit.database, "scrub", scrub)
    assert kit.erase.finish()
    with kit.database() as work:
        assert work.preferences.get(UNFINISHED) == "later"


# --- backups ---------------------------------------------------------------------------------


def with_backups(kit: Kit, shelf: Shelf) -> Erasure:
    return Erasure(kit.database, kit.clock, kit.activity, kit.trying.attempts, shelf)


def test_backups_that_hold_the_person_are_named_and_can_be_deleted(kit: Kit) -> None:
    shelf = Shelf()
    erase = with_backups(kit, shelf)
    proof = erase("anna")
    assert proof is not None
    assert proof.backups == ("a.kb",)
    assert erase.delete_backups(proof.backups) == ("a.kb",)
    assert [each.file.name for each in shelf.infos] == ["b.kb"]
    assert erase.delete_backups(["a.kb", "../b.kb"]) == ()
    assert [each.file.name for each in shelf.infos] == ["b.kb"]
    other = erase("bob")
    assert other is not None
    assert other.backups == ()


def test_copies_that_are_no_backups_are_named_and_deleted_like_them(kit: Kit) -> None:
    shelf = Shelf(plain=[Path("kiosk.db.damaged-1")])
    erase = with_backups(kit, shelf)
    assert erase.backups_holding("bob") == ("kiosk.db.damaged-1",)
    proof = erase("anna")
    assert proof is not None
    assert proof.backups == ("a.kb", "kiosk.db.damaged-1")
    assert erase.delete_backups(proof.backups) == proof.backups
    assert shelf.plain == []
    with kit.database() as work:
        deleted = work.audit.find(AuditQuery(actions=(AuditAction.BACKUP_DELETED.value,)))
    assert [record.subject for record in deleted] == ["kiosk.db.damaged-1", "a.kb"]


def test_whoever_may_erase_a_person_may_not_delete_backups(kit: Kit) -> None:
    shelf = Shelf()
    erase = with_backups(kit, shelf)
    for actor in (
        Actor("operator:olga", Role.OPERATOR),
        program("key", carried_by({Right.PEOPLE})),
        program("key", carried_by({Right.ADMIN})),
    ):
        with acting_as(actor), pytest.raises(NotPermitted):
            erase.delete_backups(["a.kb"])
    assert len(shelf.infos) == 2


@pytest.mark.expects_log
def test_backups_that_cannot_be_looked_into_are_all_named(kit: Kit) -> None:
    shelf = Shelf(locked=True, plain=[Path("kiosk.db.damaged-1")])
    proof = with_backups(kit, shelf)("bob")
    assert proof is not None
    assert proof.backups == ("a.kb", "b.kb", "kiosk.db.damaged-1")


def test_erasing_is_one_transaction(kit: Kit) -> None:
    kit.database.commit_error = StorageError("The disk failed.")

    def act(work: UnitOfWork) -> bool:
        return work.people.get("anna") is not None

    with pytest.raises(StorageError):
        kit.erase("anna", only_if=act)
    kit.database.commit_error = None
    assert kit.verify("anna", speech(ANNA)).name == "verified"
    assert kit.activity.lines[0].startswith("Verified")


# --- log files -------------------------------------------------------------------------------


@dataclass
class Files:
    """Implements :class:`kiosk.core.people.erasure.Logs`."""

    locked: bool = False
    overwritten: list[set[str]] = field(default_factory=list)

    def overwrite(self, user_ids: Iterable[str]) -> bool:
        if not self.locked:
            self.overwritten.append(set(user_ids))
        return not self.locked


def erasing(kit: Kit, files: Files) -> Erasure:
    logs = LogTraces(kit.database, files, kit.clock)
    return Erasure(kit.database, kit.clock, kit.activity, kit.trying.attempts, None, logs)


def test_the_logs_forget_who_is_erased_and_the_proof_says_so(kit: Kit) -> None:
    files = Files()
    proof = erasing(kit, files)("anna")
    assert proof is not None
    assert files.overwritten == [{"anna"}]
    assert proof.logs is True
    assert proof.remains == ("the ID, as subject of the audit records",)
    assert "erasure:logs" not in kit.database.state.preferences
    assert kit.activity.lines == [f"Removed **** (audit record {proof.record})"]
    kit.enroll("carla", CARLA)
    assert erasing(kit, files).everybody().logs is True
    assert files.overwritten[1:] == [{"bob", "carla"}]


def test_a_log_that_cannot_be_changed_is_told_and_tried_again(kit: Kit) -> None:
    files = Files(locked=True)
    proof = erasing(kit, files)("anna")
    assert proof is not None
    assert proof.logs is False
    assert "the ID in log files, until they can be changed, or for 90 days" in proof.remains
    assert proof.as_dict()["logs_overwritten"] is False
    erasing(kit, files)("bob")
    files.locked = False
    assert erasing(kit, files).finish()
    assert files.overwritten == [{"anna", "bob"}]
    assert erasing(kit, files).finish()
    assert len(files.overwritten) == 1


def test_a_kill_after_the_erasure_forgets_no_log(kit: Kit) -> None:
    class Killed(BaseException):
        pass

    class Dying(Files):
        def overwrite(self, user_ids: Iterable[str]) -> bool:
            raise Killed

    with pytest.raises(Killed):
        erasing(kit, Dying())("anna")
    files = Files()
    erasing(kit, files).finish()
    assert files.overwritten == [{"anna"}]


def test_what_is_remembered_of_logs_may_be_damaged(kit: Kit) -> None:
    for damaged in ("{", "7", '["anna", 7]'):
        kit.preferences.set("erasure:logs", damaged)
        assert erasing(kit, Files()).finish()
