"""Somebody's voiceprint cannot be read: everybody else goes in, and nobody new is enrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from kiosk.core.errors import StorageError, TemplateUnreadable
from kiosk.core.visit.outcomes import NotVerified, Verified
from kiosk.services.voice.gallery import Gallery
from tests.integration.storage.helpers import sql
from tests.unit.services.kit import ANNA, BOB, CARLA, Kit, speech

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.storage.sqlite import SqlDatabase
    from tests.fakes.storage import InMemoryDatabase

_FLIP = "UPDATE take SET embedding = ? WHERE id = ?"
_TAKE = """
    SELECT take.id, take.embedding FROM take JOIN voiceprint ON voiceprint.id = take.voiceprint_id
    JOIN person ON person.id = voiceprint.person_id WHERE person.user_id = ? ORDER BY take.position
"""


@pytest.fixture
def kit(database: SqlDatabase) -> Kit:
    made = Kit(database=cast("InMemoryDatabase", database))
    made.enroll("anna", ANNA)
    made.enroll("bob", BOB)
    return made


def damage(file: Path, user_id: str) -> tuple[object, ...]:
    """Change one byte of a take; return what puts it back."""
    take, sealed = sql(file, _TAKE, user_id)[0]
    sql(file, _FLIP, sealed[:-1] + bytes([sealed[-1] ^ 1]), take)
    return sealed, take


def accepted(kit: Kit, user_id: str, who: float) -> bool:
    kit.uptime.advance(3600)
    kit.clock.advance(3600)
    outcome = kit.verify(user_id, speech(who, seed=9))
    assert isinstance(outcome, Verified | NotVerified)
    return isinstance(outcome, Verified)


def test_nobody_else_is_turned_away(kit: Kit, file: Path) -> None:
    damage(file, "bob")
    assert accepted(kit, "anna", ANNA)
    assert not accepted(kit, "anna", BOB)
    with pytest.raises(TemplateUnreadable, match="bob"):
        accepted(kit, "bob", BOB)


def test_nobody_new_is_enrolled(kit: Kit, file: Path) -> None:
    """Nobody knows whether the new one is bob under another name."""
    damage(file, "bob")
    with pytest.raises(TemplateUnreadable, match="bob"):
        kit.enroll("carla", CARLA)
    assert accepted(kit, "anna", ANNA)
    # What comes and goes meanwhile, among those who can be read, changes nothing about bob.
    kit.erase("anna")
    with pytest.raises(TemplateUnreadable, match="bob"):
        kit.enroll("carla", CARLA)
    kit.erase("bob")
    kit.enroll("carla", CARLA)
    assert accepted(kit, "carla", CARLA)


def test_one_encoder_that_cannot_read_somebody_is_enough(kit: Kit, file: Path) -> None:
    """What the second encoder reads well does not make up for what the first one cannot."""
    damage(file, "bob")
    gallery = Gallery()
    with kit.database() as work:
        gallery.follow(work, ("model-1", "model-2"))
        assert isinstance(gallery.unreadable, TemplateUnreadable)
        gallery.follow(work, ("model-2",))
        assert gallery.unreadable is None


def test_what_is_mended_is_read_without_a_restart(kit: Kit, file: Path) -> None:
    sealed = damage(file, "bob")
    assert [each.user_id for each in kit.identify(speech(BOB)).candidates] == ["anna"]
    sql(file, _FLIP, *sealed)
    assert kit.identify(speech(BOB)).candidates[0].user_id == "bob"
    kit.enroll("carla", CARLA)


def test_a_database_that_fails_is_nobodys_damage(kit: Kit, file: Path) -> None:
    """Nobody is missing from then on because they could not be read once."""
    sql(file, "ALTER TABLE take RENAME TO away")
    with pytest.raises(StorageError):
        kit.identify(speech(BOB))
    sql(file, "ALTER TABLE away RENAME TO take")
    assert kit.identify(speech(BOB)).candidates[0].user_id == "bob"
