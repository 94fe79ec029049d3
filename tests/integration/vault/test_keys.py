"""Keys are found, changed while the kiosk runs, and revoked, whatever kills the program."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from kiosk.core.accounts.acting import SYSTEM, Actor, Role, acting_as
from kiosk.core.errors import InvalidInput, KeyUnavailable, NotPermitted, WrongPassphrase
from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.vault.ring import KeyRing
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, embedding, quality, voiceprint
from tests.integration.storage.helpers import sql
from tests.integration.vault.kit import Site
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PASSPHRASE = "correct horse battery"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path).begin()
    yield made
    made.close()


def states(site: Site) -> list[str]:
    return [each.record.state for each in site.keys.report().keys]


# --- the start -------------------------------------------------------------------------------


def test_the_first_start_makes_and_records_one_key(site: Site) -> None:
    site.enroll(1)
    report = site.keys.report()
    (only,) = report.keys
    assert (only.record.state, only.values, only.present) == ("active", 3, True)
    assert report.plain == 0
    again = Site(site.folder).begin()
    assert again.opens(1)
    assert states(again) == ["active"]
    again.close()


def test_processes_that_start_at_once_make_one_key(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from tests.integration.vault.kit import Site
site = Site(Path(sys.argv[1]))
sys.stdin.readline()
site.begin()
site.enroll(int(sys.argv[2]))
print(site.vault.secret.mac("test", b"x").hex())
site.close()
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=PATIENCE_S) for process in processes]
    assert [err for _, err in answers] == ["", "", ""]
    assert len({out for out, _ in answers}) == 1
    site = Site(tmp_path).begin()
    assert site.opens(0, 1, 2)
    assert states(site) == ["active"]
    site.close()


def test_without_its_key_it_does_not_start(site: Site) -> None:
    site.enroll(1)
    site.key_file.unlink()
    with pytest.raises(KeyUnavailable, match="missing"):
        Site(site.folder).begin()
    assert not site.key_file.exists()


def test_with_an_older_key_file_it_does_not_start(site: Site) -> None:
    older = site.key_file.read_bytes()
    site.rekey()
    site.enroll(1)
    site.key_file.write_bytes(older)
    with pytest.raises(KeyUnavailable, match="missing"):
        Site(site.folder).begin()


# --- another key -----------------------------------------------------------------------------


def test_a_new_key_seals_everything_and_the_old_one_is_gone(site: Site) -> None:
    site.enroll(1, 2, 3)
    old = site.vault.box.key_id
    before = _blobs(site)
    new = site.rekey()
    assert site.opens(1, 2, 3)
    assert states(site) == ["destroyed", "active"]
    assert [each.values for each in site.keys.report().keys] == [0, 9]
    assert site.vault.box.key_id == new != old
    assert old not in site.key_file.read_text()
    assert not set(before) & set(_blobs(site))
    site.enroll(4)
    again = Site(site.folder).begin()
    assert again.opens(1, 2, 3, 4)
    again.close()


def test_a_new_key_leaves_every_state_as_it_was(site: Site) -> None:
    site.enroll(1, 2)
    with site.database() as work:
        for seed in (3, 4):
            work.adapted.add("p1", embedding(seed), START, 3)
        work.commit()
        before = work.people.enrollments()
    site.rekey()
    assert site.opens(1, 2)
    with site.database() as work:
        assert work.people.enrollments() == before
        assert len(work.adapted.of("p1", MODEL)) == 2


def test_a_key_that_is_needed_is_not_destroyed_because_a_row_says_so(site: Site) -> None:
    site.enroll(1)
    old = site.vault.box.key_id
    # As if a change of the key had been finished, but for what it seals.
    new = site.vault.add_key(START)
    sql(site.file, "UPDATE template_key SET state = 'destroyed' WHERE id = ?", old)
    sql(site.file, "INSERT INTO template_key VALUES (?, 'active', '2026-01-01', NULL)", new)
    with pytest.raises(KeyUnavailable, match=f"{old} was destroyed"):
        Site(site.folder).begin()
    assert KeyRing.from_text(site.key_file.read_text()).get(old) is not None
    sql(site.file, "DELETE FROM template_key WHERE id = ?", new)
    sql(site.file, "UPDATE template_key SET state = 'active' WHERE id = ?", old)
    again = Site(site.folder).begin()
    assert again.opens(1)
    again.close()


# --- another database ------------------------------------------------------------------------


def test_a_database_that_was_made_anew_is_accepted_by_an_administrator_only(site: Site) -> None:
    site.enroll(1)
    site.close()
    for suffix in ("", "-wal", "-shm"):
        site.file.with_name(site.file.name + suffix).unlink(missing_ok=True)
    for _ in range(2):
        with pytest.raises(KeyUnavailable, match="exchanged") as caught:
            Site(site.folder).begin()
        assert "kiosk keys adopt" in caught.value.hint
    again = Site(site.folder)
    with acting_as(SYSTEM), pytest.raises(KeyUnavailable, match="exchanged"):
        again.keys.revoke()
    # In this kit there is one file for the keys of whatever kiosk.
    with acting_as(SYSTEM), pytest.raises(KeyUnavailable, match="another kiosk"):
        again.keys.adopt()
    site.key_file.unlink()
    with acting_as(SYSTEM):
        again.keys.adopt()
    with again.database() as work:
        assert work.people.user_ids() == []
        newest = work.audit.find(AuditQuery(limit=1))[0]
    assert newest.action == AuditAction.DATABASE_ADOPTED
    again.close()
    Site(site.folder).begin().close()


def test_it_is_the_administrators(site: Site) -> None:
    for forbidden in (
        site.keys.rekey,
        site.keys.revoke,
        site.keys.adopt,
        lambda: site.keys.export(PASSPHRASE),
        lambda: site.keys.import_(b"", PASSPHRASE),
    ):
        with acting_as(Actor("operator:ada", Role.OPERATOR)), pytest.raises(NotPermitted):
            forbidden()
    assert states(site) == ["active"]


def test_others_verify_and_enroll_meanwhile(site: Site) -> None:
    site.enroll(*range(20))
    other = Site(site.folder)
    done, failures = threading.Event(), []
    rounds: list[bool] = []

    def work() -> None:
        number = 100
        try:
            while not done.is_set() or len(rounds) < 3:
                other.enroll(number)
                number += 1
                rounds.append(other.opens(*range(20), *range(100, number)))
        except Exception as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    for _ in range(3):
        site.rekey()
    done.set()
    thread.join(PATIENCE_S)
    assert failures == []
    assert rounds
    assert all(rounds)
    assert states(site) == ["destroyed"] * 3 + ["active"]
    assert sum(each.values for each in site.keys.report().keys[:3]) == 0
    other.close()


class Killed(BaseException):
    """What a test raises where a program may be killed."""


@dataclass
class Fuse:
    """Kills at the n-th step: before it, or right after it."""

    left: int
    after: bool

    def burn(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any) -> Any:
            self.left -= 1
            if self.left == 0 and not self.after:
                raise Killed
            result = step(*arguments)
            if self.left == 0:
                raise Killed
            return result

        return wrapped


def armed(site: Site, fuse: Fuse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the fuse into everything that changes a file."""
    from kiosk.storage.unit_of_work import SqlUnitOfWork
    from kiosk.vault import files

    monkeypatch.setattr(SqlUnitOfWork, "commit", _method(fuse, SqlUnitOfWork.commit))
    monkeypatch.setattr(files, "write_private", fuse.burn(files.write_private))


def _method(fuse: Fuse, original: Callable[..., Any]) -> Callable[..., Any]:
    burning = fuse.burn(original)

    def commit(self: object) -> Any:
        return burning(self)

    return commit


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("operation", ["rekey", "revoke"])
def test_a_kill_at_every_step_loses_nothing(tmp_path: Path, operation: str, after: bool) -> None:
    steps = 0
    for steps in range(1, 40):
        folder = tmp_path / str(steps)
        site = Site(folder).begin()
        site.enroll(1, 2)
        old = site.vault.box.key_id
        killed = False
        with pytest.MonkeyPatch.context() as monkeypatch:
            armed(site, Fuse(steps, after), monkeypatch)
            try:
                site.rekey() if operation == "rekey" else site.revoke()
            except Killed:
                killed = True
        site.close()
        again = Site(folder).begin()
        report = again.keys.report()
        assert again.opens(1, 2) or (operation == "revoke" and again.opens())
        assert [each.record.state for each in report.keys].count("active") == 1
        assert not [each for each in report.keys if each.record.state == "retiring"]
        destroyed = [each for each in report.keys if each.record.state == "destroyed"]
        assert not any(each.present or each.values for each in destroyed)
        # Whatever was begun can be done again, and then it is done.
        getattr(again, operation)()
        assert again.opens(1, 2) if operation == "rekey" else again.opens()
        ring = KeyRing.from_text(again.key_file.read_text())
        assert ring.get(old) is None
        assert [key.key_id for key in ring.keys] == [again.vault.box.key_id]
        again.close()
        if not killed:
            break
    assert 5 < steps < 39


# --- emergencies -----------------------------------------------------------------------------


def test_revoking_makes_every_copy_of_the_templates_useless(site: Site, tmp_path: Path) -> None:
    site.enroll(1, 2)
    stolen = _rows(site)
    assert site.revoke() == 2
    with site.database() as work:
        assert work.people.user_ids() == ["p1", "p2"]
        assert work.people.voiceprints(MODEL) == []
        for row in stolen:
            with pytest.raises(KeyUnavailable):
                site.vault.box.open(*row)
    site.database.close()
    again = Site(site.folder).begin()
    with again.database() as work:
        work.people.save_voiceprint("p1", voiceprint(1), quality(), START)
        work.commit()
    assert again.opens(1)
    again.close()


def test_revoking_begins_anew_where_all_keys_are_lost(site: Site) -> None:
    site.enroll(1)
    site.key_file.unlink()
    again = Site(site.folder)
    assert again.revoke() == 1
    again.begin()
    again.enroll(2)
    assert again.opens(2)
    again.close()


@pytest.mark.parametrize("harm", ["readable", "damaged"])
def test_revoking_does_not_overwrite_keys_that_could_be_mended(site: Site, harm: str) -> None:
    site.enroll(1)
    before = site.key_file.read_bytes() if harm == "readable" else b"damaged"
    site.key_file.write_bytes(before)
    site.key_file.chmod(0o644 if harm == "readable" else 0o600)
    with pytest.raises(KeyUnavailable):
        Site(site.folder).revoke()
    assert site.key_file.read_bytes() == before
    assert site.opens(1)


# --- carried ---------------------------------------------------------------------------------


def test_an_export_brings_the_keys_back(site: Site) -> None:
    site.enroll(1)
    with acting_as(SYSTEM):
        exported = site.keys.export(PASSPHRASE)
    for key in KeyRing.from_text(site.key_file.read_text()).keys:
        assert key.secret not in exported
    site.key_file.unlink()
    again = Site(site.folder)
    with acting_as(SYSTEM):
        with pytest.raises(WrongPassphrase):
            again.keys.import_(exported, PASSPHRASE + "!")
        with pytest.raises(InvalidInput):
            again.keys.import_(exported[10:], PASSPHRASE)
        again.keys.import_(exported, PASSPHRASE)
    assert again.opens(1)
    again.close()


def test_an_export_does_not_bring_back_what_was_destroyed(site: Site) -> None:
    with acting_as(SYSTEM):
        exported = site.keys.export(PASSPHRASE)
    old = site.vault.box.key_id
    site.rekey()
    with acting_as(SYSTEM):
        site.keys.import_(exported, PASSPHRASE)
    assert old not in site.vault.key_ids()


def _blobs(site: Site) -> list[bytes]:
    return [sealed.data for sealed, _ in _rows(site)]


def _rows(site: Site) -> list[tuple[Any, Any]]:
    from kiosk.core.keys.ports import Binding, Sealed

    query = (
        "SELECT t.key_id, t.embedding, p.user_id, v.model_id, t.position, v.enrollment_id "
        "FROM take t "
        "JOIN voiceprint v ON v.id = t.voiceprint_id JOIN person p ON p.id = v.person_id"
    )
    return [
        (Sealed(key_id, data), Binding(user_id, model_id, "take", position, enrollment_id, 3))
        for key_id, data, user_id, model_id, position, enrollment_id in sql(site.file, query)
    ]
