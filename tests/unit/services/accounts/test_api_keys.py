from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.credentials import Right
from kiosk.core.errors import DatabaseLocked, InvalidInput, StorageError
from kiosk.services.accounts.api_keys import ApiKeys
from tests.fakes.clock import START, FixedClock
from tests.fakes.records.activity import FakeActivityLog
from tests.fakes.records.audit import PlainSecret
from tests.fakes.storage import InMemoryDatabase

if TYPE_CHECKING:
    from kiosk.core.accounts.credentials import ApiKey


@dataclass
class Kit:
    database: InMemoryDatabase = field(default_factory=InMemoryDatabase)
    clock: FixedClock = field(default_factory=FixedClock)
    activity: FakeActivityLog = field(default_factory=FakeActivityLog)

    def __post_init__(self) -> None:
        self.keys = ApiKeys(self.database, self.clock, self.activity, PlainSecret())

    def stored(self, key_id: str) -> ApiKey:
        return self.keys.get(key_id)


@pytest.fixture
def kit() -> Kit:
    return Kit()


def test_a_key_is_shown_once_and_kept_as_a_hash(kit: Kit) -> None:
    key, text = kit.keys.create("  front   desk ", [Right.VERIFY, Right.ENROLL])
    assert re.fullmatch(rf"vk_{key.key_id}_[0-9A-Za-z]{{43}}", text)
    assert kit.stored(key.key_id) == key
    assert hashlib.sha256(text.encode()).hexdigest() not in key.hash
    assert text not in repr(kit.database.state)
    assert (key.name, key.created_at, key.last_used_at) == ("front desk", START, None)
    assert key.rights == {Right.VERIFY, Right.ENROLL}
    assert kit.activity.lines == [f"API key {key.key_id} created: front desk (enroll, verify)"]


def test_no_two_keys_are_alike(kit: Kit) -> None:
    made = [kit.keys.create("test", [Right.VERIFY]) for _ in range(50)]
    assert len({key.key_id for key, _ in made}) == len({text for _, text in made}) == 50
    letters = "".join(text.split("_")[2] for _, text in made)
    # 2,150 digits of 62 kinds: the least likely one to be missing is missing once in 10^13 runs.
    assert len(set(letters)) == 62


def test_a_key_without_rights_or_name_is_refused(kit: Kit) -> None:
    with pytest.raises(InvalidInput):
        kit.keys.create("test", [])
    with pytest.raises(InvalidInput):
        kit.keys.create("", [Right.VERIFY])
    assert kit.keys.list() == []
    assert kit.activity.lines == []


def test_only_the_whole_key_is_accepted(kit: Kit) -> None:
    key, text = kit.keys.create("test", [Right.VERIFY])
    other, other_text = kit.keys.create("other", [Right.ADMIN])
    assert kit.keys.authenticate(text) == replace(key, last_used_at=START)
    assert kit.keys.authenticate(other_text) == replace(other, last_used_at=START)
    wrong = [
        text[:-1] + ("0" if text[-1] != "0" else "1"),
        text.replace(key.key_id, other.key_id),
        text.replace(key.key_id, "0" * 12),
        text.upper(),
        *(text[:-1], text + "0", "", "vk", key.hash, f"vk_{key.key_id}_"),
        "\udcff",
    ]
    assert [kit.keys.authenticate(each) for each in wrong] == [None] * len(wrong)


def test_nothing_is_accepted_for_a_key_that_is_not_there(kit: Kit) -> None:
    assert kit.keys.accepted("", None) is None
    assert kit.keys.accepted("anything", None) is None


def test_a_revoked_key_is_never_accepted_again(kit: Kit) -> None:
    key, text = kit.keys.create("test", [Right.VERIFY])
    assert kit.keys.any_accepted()
    kit.clock.advance(60)
    revoked = kit.keys.revoke(key.key_id)
    assert revoked.revoked_at == kit.clock.now()
    assert kit.keys.authenticate(text) is None
    assert not kit.keys.any_accepted()
    kit.clock.advance(60)
    assert kit.keys.revoke(key.key_id) == revoked  # when it happened does not change
    assert kit.keys.list() == [revoked]
    assert kit.activity.lines[1:] == [f"API key {key.key_id} revoked: test"]


def test_unknown_keys_are_told_as_such(kit: Kit) -> None:
    for ask in (kit.keys.get, kit.keys.revoke):
        with pytest.raises(InvalidInput, match="no API key nobody"):
            ask("nobody")
    assert kit.activity.lines == []


def test_the_last_use_is_kept_to_within_ten_minutes(kit: Kit) -> None:
    key, text = kit.keys.create("test", [Right.VERIFY])
    kit.keys.authenticate(text)
    assert kit.stored(key.key_id).last_used_at == START
    commits = kit.database.commits
    kit.clock.advance(599)
    kit.keys.authenticate(text)
    assert kit.database.commits == commits
    kit.clock.advance(1)
    kit.keys.authenticate(text)
    assert kit.stored(key.key_id).last_used_at == kit.clock.now()
    kit.clock.advance(-86_400)
    kit.keys.authenticate(text)
    assert kit.stored(key.key_id).last_used_at == kit.clock.now()


@pytest.mark.expects_log
def test_a_use_that_cannot_be_recorded_is_no_refusal(kit: Kit) -> None:
    key, text = kit.keys.create("test", [Right.VERIFY])
    kit.database.commit_error = DatabaseLocked("Busy.")
    found = kit.keys.authenticate(text)
    assert found is not None
    assert found.key_id == key.key_id


def test_whoever_cannot_be_looked_up_is_not_let_in(kit: Kit) -> None:
    _, text = kit.keys.create("test", [Right.VERIFY])
    kit.database.begin_error = DatabaseLocked("Busy.")
    with pytest.raises(StorageError):
        kit.keys.authenticate(text)


def test_a_key_that_was_not_stored_is_not_shown(kit: Kit) -> None:
    kit.database.commit_error = DatabaseLocked("Busy.")
    with pytest.raises(StorageError):
        kit.keys.create("test", [Right.VERIFY])
    assert kit.activity.lines == []


def test_refusals_are_recorded_without_the_key(kit: Kit) -> None:
    kit.keys.note_refusals("192.0.2.7", 4)
    assert kit.activity.lines == ["API key refused from 192.0.2.7 (number 4)"]
