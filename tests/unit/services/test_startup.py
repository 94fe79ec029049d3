from __future__ import annotations

import pytest

from kiosk.core.errors import MicrophoneMissing
from kiosk.services.startup import Startup, Task


class Steps:
    """Three tasks of which one may fail."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.failing: str | None = None
        names = ("storage", "model", "microphone")
        self.startup = Startup([Task(name, self.step(name)) for name in names])

    def step(self, name: str):  # type: ignore[no-untyped-def] # noqa: ANN201
        def run() -> None:
            if name == self.failing:
                raise MicrophoneMissing("There is none.")
            self.ran.append(name)

        return run


def test_all_tasks_run_in_order_once() -> None:
    steps = Steps()
    reported: list[str] = []
    assert steps.startup.names == ("storage", "model", "microphone")
    assert not steps.startup.complete
    steps.startup.run(reported.append)
    steps.startup.run(reported.append)
    assert steps.ran == reported == ["storage", "model", "microphone"]
    assert steps.startup.complete


def test_only_what_is_wanted_runs() -> None:
    steps = Steps()
    steps.startup.run(until="storage")
    assert steps.ran == ["storage"]
    steps.startup.run(until="model")
    assert steps.ran == ["storage", "model"]
    assert not steps.startup.complete


def test_a_failed_task_is_tried_again_and_those_before_it_are_not() -> None:
    steps = Steps()
    steps.failing = "model"
    with pytest.raises(MicrophoneMissing):
        steps.startup.run()
    assert steps.ran == ["storage"]
    steps.failing = None
    reported: list[str] = []
    steps.startup.run(reported.append)
    assert steps.ran == ["storage", "model", "microphone"]
    assert reported == ["model", "microphone"]
