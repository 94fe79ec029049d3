"""Units of work, one after the other."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.fakes.samples import person
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from kiosk.core.ports import Database


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_a_unit_waits_for_the_one_before(database: Database) -> None:
    writing, written = threading.Event(), threading.Event()

    def second() -> None:
        writing.wait(PATIENCE_S)
        with database() as unit:
            assert unit.people.user_ids() == ["test1"]
            unit.people.add(person("test2"))
            unit.commit()
        written.set()

    thread = threading.Thread(target=second)
    thread.start()
    with database() as unit:
        unit.people.add(person("test1"))
        writing.set()
        assert not written.wait(0.05)
        unit.commit()
    thread.join(PATIENCE_S)
    assert written.is_set()
