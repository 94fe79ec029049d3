"""Everybody is compared before the transaction that stores, and what changed since within it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from kiosk.core.duplicates import DuplicateFound
from kiosk.core.errors import TemplateUnreadable
from kiosk.storage.opening import database_at
from tests.fakes.audit import chain_of_tests
from tests.fakes.keys import memory_box
from tests.unit.services.kit import ANNA, BOB, Kit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from kiosk.core.embedding import Embedding
    from kiosk.core.ports import UnitOfWork
    from kiosk.core.vault_ports import Binding, Sealed, TemplateBox
    from kiosk.storage.database import SqlDatabase

STRANGER = 4.5


class CountingBox:
    """A real box that tells whose voiceprints it has opened."""

    def __init__(self) -> None:
        self._box: TemplateBox = memory_box()
        self.opened: list[str] = []
        self.failing = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._box, name)

    def open_all(self, items: Sequence[tuple[Sealed, Binding]]) -> list[Embedding]:
        if self.failing:
            raise TemplateUnreadable("The stored voiceprint of anna was altered.")
        self.opened += [binding.user_id for _, binding in items]
        return self._box.open_all(items)


class Watched:
    """A database that tells whose voiceprints each unit of work has opened.

    Attributes:
        units: IDs opened in each of them, in order.
        between: called once, after the first unit that has opened any and before the next one.
    """

    def __init__(self, database: SqlDatabase, box: CountingBox) -> None:
        self._database = database
        self._box = box
        self.units: list[set[str]] = []
        self.between: Callable[[], object] | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)

    @contextmanager
    def __call__(self) -> Iterator[UnitOfWork]:
        if self.between is not None and any(self.units):
            act, self.between = self.between, None
            act()
        before = len(self._box.opened)
        try:
            with self._database() as unit:
                yield unit
        finally:
            self.units.append(set(self._box.opened[before:]))


@pytest.fixture
def box() -> CountingBox:
    return CountingBox()


@pytest.fixture
def database(tmp_path: Path, box: CountingBox) -> Iterator[Watched]:
    made = database_at(tmp_path / "kiosk.db", box, chain_of_tests())  # type: ignore[arg-type]
    made.prepare()
    yield Watched(made, box)  # type: ignore[arg-type]
    made.close()


@pytest.fixture
def kit(database: Watched) -> Kit:
    made = Kit(database=database)  # type: ignore[arg-type]
    made.enroll("anna", ANNA)
    made.enroll("bob", BOB)
    database.units.clear()
    return made


def test_the_storing_transaction_opens_nobodys_voiceprint(kit: Kit, database: Watched) -> None:
    kit.enroll("carla", STRANGER)
    assert {"anna", "bob"} in database.units
    assert database.units[-1] == set()
    assert [row.person.user_id for row in kit.people.everybody()] == ["anna", "bob", "carla"]


def test_no_unit_opens_many(kit: Kit, database: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.services.compared._AT_ONCE", 1)
    with pytest.raises(DuplicateFound) as caught:
        kit.enroll("new", BOB)
    assert [each.user_id for each in caught.value.candidates] == ["bob"]
    assert max(len(opened) for opened in database.units) == 1


def test_whoever_is_enrolled_meanwhile_is_found(kit: Kit, database: Watched) -> None:
    other = kit.takes(STRANGER)
    mine = kit.takes(STRANGER)
    database.between = lambda: kit.enrolling.save("first", "", other, consent=True)
    with pytest.raises(DuplicateFound) as caught:
        kit.enrolling.save("second", "", mine, consent=True)
    assert [each.user_id for each in caught.value.candidates] == ["first"]
    # And nobody else was read again for it.
    assert database.units[-1] == {"first"}


def test_whoever_is_enrolled_again_meanwhile_is_compared_again(kit: Kit, database: Watched) -> None:
    other, mine = kit.takes(STRANGER), kit.takes(STRANGER)
    database.between = lambda: kit.enrolling.save("bob", "", other, consent=True, replacing=True)
    with pytest.raises(DuplicateFound) as caught:
        kit.enrolling.save("new", "", mine, consent=True)
    assert [each.user_id for each in caught.value.candidates] == ["bob"]


def test_whoever_is_erased_meanwhile_is_nobodys_like(kit: Kit, database: Watched) -> None:
    mine = kit.takes(ANNA)
    database.between = lambda: kit.people.remove("anna")
    kit.enrolling.save("new", "", mine, consent=True)
    assert [row.person.user_id for row in kit.people.everybody()] == ["bob", "new"]


def test_a_voiceprint_that_cannot_be_opened_stops_the_enrollment(
    kit: Kit, box: CountingBox
) -> None:
    takes = kit.takes(STRANGER)
    box.failing = True
    with pytest.raises(TemplateUnreadable):
        kit.enrolling.save("new", "", takes, consent=True)
    box.failing = False
    assert [row.person.user_id for row in kit.people.everybody()] == ["anna", "bob"]
