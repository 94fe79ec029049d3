"""How long the window keeps an operator waiting over many people and many records."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QTableView

from kiosk.bench.crowd import fill
from kiosk.bench.pulse import Gap, Pulse
from kiosk.core.errors import Defect
from kiosk.demo.environment import environment
from kiosk.demo.perform import ended_in_order, open_desktop
from kiosk.demo.robot import Robot
from kiosk.settings import load_settings
from kiosk.ui.ahead import Ahead
from kiosk.ui.navigation import Route

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kiosk.core.accounts.operators import Account
    from kiosk.demo.stage import Stage
    from kiosk.ui.application import Application

PEOPLE, RECORDS = 10_000, 100_000
_BEGIN_MS = 300
"""Longer than the pause after which a search begins."""
_AFTER_MS = 700
"""What is read has come, and is painted; changed looks have reached the hidden pages too."""
_CALM_MS = 5_000
"""What is done after the start, such as looking through the records, is over."""
_SCROLLS = 5

Q = TypeVar("Q", bound=QObject)


@dataclass(frozen=True)
class TableFigures:
    """The longest gaps, by what was done.

    Attributes:
        people: how many there were.
        records: how many audit records there were, at least.
        idle: with nothing to do, for comparison.
        gaps: by page and step.
        worst: the longest of them.
    """

    people: int
    records: int
    idle: Gap
    gaps: dict[str, Gap]
    worst: Gap


class _Steps:
    """Does one thing after the other, and watches the event loop meanwhile."""

    def __init__(self, application: Application, robot: Robot) -> None:
        self._application = application
        self._robot = robot
        self.gaps: dict[str, Gap] = {}

    def watch(self, what: str, do: Callable[[], object]) -> Gap:
        """Do something and keep the longest gap until all of it has been done."""
        pulse, read = Pulse(), list[object]()
        pulse.start()
        do()
        self._robot.settle(_BEGIN_MS)
        # Behind whatever was asked for.
        self._application.recognition.submit(lambda _: None, read.append)
        self._robot.wait(f"{what} to be done", lambda: bool(read), 120)
        self._robot.settle(_AFTER_MS)
        pulse.stop()
        known = [self.gaps[what]] if what in self.gaps else []
        self.gaps[what] = Gap.longest([*known, *pulse.gaps])
        return self.gaps[what]

    def part(self, kind: type[Q], name: str = "") -> Q:
        """Return a part of the window."""
        shell = self._application.shell
        widget = shell.findChild(kind, name) if name else shell.findChild(kind)
        if widget is None:
            raise Defect(f"{name or kind.__name__} is not there.")
        return widget

    def page(self, page: str) -> None:
        """Open a page with a table, and do with it what operators do."""
        self.watch(f"{page}.opening", self.part(QAbstractButton, f"nav.{page}").click)
        table = self.part(QTableView, f"{page}.table")
        search = self.part(QLineEdit, f"{page}.search")
        if page == "activity":
            period = self.part(QComboBox, "activity.period")
            self.watch("activity.from_the_beginning", lambda: period.setCurrentIndex(3))
        for _ in range(_SCROLLS):
            self.watch(f"{page}.scrolling", table.scrollToBottom)
        self.watch(f"{page}.first_letter", partial(QTest.keyClicks, search, "a"))
        self.watch(f"{page}.searching", partial(QTest.keyClicks, search, "nn"))
        self.watch(f"{page}.search_cleared", search.clear)
        for column in range(table.model().columnCount()):
            order = partial(table.sortByColumn, column, Qt.SortOrder.DescendingOrder)
            self.watch(f"{page}.ordering", order)
        self.looks(page)

    def looks(self, where: str) -> None:
        """Change theme and text size."""
        theme = self._application.theme
        for name in ("dark", "light"):
            self.watch(f"{where}.theme", partial(theme.set_theme, name))
        for scale in (150, 100):
            self.watch(f"{where}.text_size", partial(theme.set_text_scale, scale))


def run_tables(place: Stage, scratch: Path) -> TableFigures:
    """Fill a data folder on a stage, start the desktop on it, and measure.

    Args:
        place: the stage; its own data folder stays as it is.
        scratch: for pictures when something goes wrong.

    Raises:
        KioskError: the folder cannot be filled, or the window did not do what it should have done.
    """
    data = place.data_dir.with_name("crowd")
    own = {"KIOSK_DATA_DIR": str(data), "KIOSK_KEYS__FILE": str(data.with_name("crowd.key"))}
    with environment(own):
        account = fill(load_settings(data), PEOPLE, RECORDS)
        with open_desktop(replace(place, data_dir=data)) as (_, application):
            robot = Robot(application.shell, scratch)
            with ended_in_order(robot):
                robot.wait("the kiosk to be ready", lambda: application.monitor.ready, 300)
                robot.settle(_CALM_MS)
                return measure_tables(application, robot, account)


def measure_tables(application: Application, robot: Robot, account: Account) -> TableFigures:
    """Open, scroll, search, order and restyle the tables of an operator who has signed in.

    Args:
        application: has started.
        robot: of its window.
        account: of an administrator.
    """
    steps = _Steps(application, robot)
    shell = application.shell
    ahead = steps.part(Ahead)
    idle = steps.watch("idle", lambda: None)
    del steps.gaps["idle"]
    steps.watch("sign_in", lambda: shell.go(Route.SIGN_IN))
    # Somebody types their PIN.
    steps.watch("pages_made_ahead", lambda: robot.wait("the pages", lambda: ahead.done))
    shell.session.begin(account)
    steps.watch("signed_in", lambda: shell.go(Route.OPERATOR))
    for page in ("people", "activity"):
        steps.page(page)
    for page in ("people", "activity"):
        again = steps.part(QAbstractButton, f"nav.{page}")
        steps.watch(f"{page}.opening_again", again.click)
    steps.watch("signed_out", lambda: shell.go(Route.VERIFY))
    steps.looks("welcome")
    worst = Gap.longest(steps.gaps.values())
    return TableFigures(PEOPLE, RECORDS, idle, steps.gaps, worst)
