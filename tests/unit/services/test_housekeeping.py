"""Chores of a running kiosk."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.acting import SYSTEM, acting
from kiosk.core.errors import StorageError
from kiosk.services.housekeeping import Chore, Housekeeping
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_chores_are_done_at_the_start_as_the_system_itself() -> None:
    done = threading.Event()
    actors = []

    def run() -> bool:
        actors.append(acting())
        done.set()
        return True

    house = Housekeeping([Chore("one", run)])
    house.start()
    house.start()
    assert done.wait(PATIENCE_S)
    assert house.stop()
    assert actors == [SYSTEM]
    house.start()  # stopped for good
    assert house.stop()
    assert len(actors) == 1


def test_what_is_not_done_is_tried_again_soon() -> None:
    done = threading.Event()
    tries: list[bool] = []

    def run() -> bool:
        tries.append(len(tries) == 2)
        if tries[-1]:
            done.set()
        return tries[-1]

    house = Housekeeping([Chore("one", run)], every_s=3600.0, retry_s=0.001)
    house.start()
    assert done.wait(PATIENCE_S)
    assert house.stop()
    assert tries == [False, False, True]


@pytest.mark.expects_log
def test_a_chore_that_fails_keeps_no_other_from_being_done() -> None:
    done: list[str] = []

    def locked() -> bool:
        raise StorageError("The database is locked.")

    def defect() -> bool:
        raise RuntimeError("a defect")

    def fine() -> bool:
        done.append("fine")
        return True

    assert not Housekeeping([Chore("locked", locked), Chore("fine", fine)]).round()
    # A defect is logged, and not tried again before the next round.
    assert Housekeeping([Chore("defect", defect), Chore("fine", fine)]).round()
    assert done == ["fine", "fine"]


def test_stopping_waits_for_the_chore_that_runs_and_begins_no_other() -> None:
    begun, go_on = threading.Event(), threading.Event()
    done: list[str] = []

    def first() -> bool:
        begun.set()
        go_on.wait(PATIENCE_S)
        done.append("first")
        return True

    def second() -> bool:
        done.append("second")
        return True

    house = Housekeeping([Chore("first", first), Chore("second", second)])
    house.start()
    assert begun.wait(PATIENCE_S)
    stopping = threading.Thread(target=house.stop)
    stopping.start()
    while not house._stopped.wait(PATIENCE_S):
        pass
    go_on.set()
    stopping.join(PATIENCE_S)
    assert not stopping.is_alive()
    assert done == ["first"]


def test_it_may_be_stopped_while_another_thread_starts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    starting, stopped = threading.Event(), threading.Event()

    class Late(threading.Thread):
        def start(self) -> None:
            starting.set()
            stopped.wait(0.1)  # long enough for who does not wait for the start
            super().start()

    house = Housekeeping([])
    ended: list[bool] = []
    with monkeypatch.context() as patched:
        patched.setattr("kiosk.services.housekeeping.threading.Thread", Late)
        starter = Late(target=house.start)
        threading.Thread.start(starter)
        assert starting.wait(PATIENCE_S)
        ended.append(house.stop())
        stopped.set()
        starter.join(PATIENCE_S)
    assert ended == [True]


def test_what_follows_a_change_of_the_voice_models_is_done_soon() -> None:
    done: list[str] = []
    both, changed = threading.Event(), threading.Event()

    def follows() -> None:
        done.append("follows")
        (changed if both.is_set() else both).set()

    house = Housekeeping(
        [Chore("other", lambda: done.append("other")), Chore("one", follows, after_change=True)]
    )
    house.models_changed()  # before the start: the first round does it
    house.start()
    assert both.wait(PATIENCE_S)
    house.models_changed()
    assert changed.wait(PATIENCE_S)
    assert house.stop()
    assert done[:3] == ["other", "follows", "follows"]
    assert "other" not in done[1:]


def test_a_long_chore_ends_between_its_steps() -> None:
    begun = threading.Event()
    steps: list[int] = []

    def many() -> Iterator[None]:
        for number in range(1_000_000):
            steps.append(number)
            begun.set()
            yield

    house = Housekeeping([Chore("many", many)])
    house.start()
    assert begun.wait(PATIENCE_S)
    assert house.stop()
    assert len(steps) < 1_000_000
