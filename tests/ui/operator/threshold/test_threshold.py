"""The Threshold page: how people score here, and how many impostors may get in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel

from kiosk.core.accounts.acting import Role
from kiosk.core.errors import DiskFull
from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.services.preferences import POLICY_ONE_IN
from kiosk.services.voice.site_report import SiteReport
from kiosk.ui.accessibility import OPERATOR_TARGET, audit
from kiosk.ui.operator.threshold import words
from kiosk.ui.operator.threshold.presenter import shares_of
from tests.fakes.samples import attempt
from tests.ui.site import settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QComboBox

    from kiosk.ui.widgets.hearing.hint_banner import HintBanner
    from tests.ui.operator.desk import Desk


def hint(desk: Desk, name: str) -> str:
    return cast("HintBanner", desk.find(name)).hint


def go(desk: Desk, people: int) -> None:
    settle(desk.kit, people)
    desk.click("nav.threshold")
    desk.wait(lambda: hint(desk, "threshold.claim"))


def look_at(desk: Desk, one_in: int) -> None:
    box = cast("QComboBox", desk.find("threshold.one_in"))
    box.setCurrentIndex(box.findData(one_in))
    box.activated.emit(box.currentIndex())


def stored(desk: Desk) -> str | None:
    return desk.kit.kiosk.preferences.get(POLICY_ONE_IN)


def test_it_says_what_the_policy_means_here(desk: Desk) -> None:
    go(desk, 30)
    report = desk.kit.kiosk.site_reports.measure()
    assert report is not None
    assert desk.text("threshold.in_force") == "At most 1 impostor in 100 is accepted"
    assert desk.text("threshold.fmr") == words.share(report.fmr)
    assert desk.text("threshold.bound95") == f"at most {words.share(report.bound)}"
    assert desk.text("threshold.fnmr") == words.share(report.fnmr)
    assert "299 people can confirm it" in hint(desk, "threshold.claim")
    assert "269 more" in hint(desk, "threshold.claim")
    spoken = desk.find("threshold.plot").accessibleDescription()
    assert "The threshold is 0.25." in spoken
    assert "2,610 comparisons of 30 people" in spoken
    assert not desk.shown("threshold.cosine")
    assert audit(desk.frame, target=OPERATOR_TARGET) == []


def test_a_policy_is_looked_at_before_it_is_set(desk: Desk) -> None:
    go(desk, 5)
    assert not desk.enabled("threshold.set_policy")
    look_at(desk, 1_000)
    desk.wait(lambda: "Preview of 1 in 1,000; not set." in hint(desk, "threshold.preview"))
    assert desk.text("threshold.title") == "Scores at this site, at 1 in 1,000"
    assert stored(desk) is None
    assert audit(desk.frame, target=OPERATOR_TARGET) == []
    desk.click("threshold.set_policy")
    desk.wait(lambda: "in 1,000" in desk.text("threshold.in_force"))
    assert stored(desk) == "1000"
    assert not desk.shown("threshold.preview")
    with desk.kit.database() as work:
        (record,) = work.audit.find(AuditQuery(actions=(AuditAction.THRESHOLD_CHANGED.value,)))
    assert record.details["new"] == "1000"


def test_letting_more_in_is_asked_about(desk: Desk) -> None:
    go(desk, 2)
    look_at(desk, 20)
    desk.wait(lambda: desk.enabled("threshold.set_policy"))
    desk.click("threshold.set_policy")
    desk.click("threshold.policy_confirm.cancel")
    assert stored(desk) is None
    desk.click("threshold.set_policy")
    desk.click("threshold.policy_confirm.confirm")
    desk.wait(lambda: stored(desk) == "20")


def test_turning_people_away_is_asked_about(desk: Desk) -> None:
    go(desk, 5)
    near = replace(attempt(1, "p000"), score=0.2501, threshold=0.25)
    with desk.kit.database() as work:
        work.people.add_attempt(near)
        work.commit()
    look_at(desk, 1_000)
    desk.wait(lambda: desk.enabled("threshold.set_policy"))
    desk.click("threshold.set_policy")
    panel = desk.find("threshold.policy_confirm")
    said = [label.text() for label in panel.findChildren(QLabel)]
    assert "Turn away 1 person?" in said
    assert any("1 of 5 people who can be verified today" in text for text in said)
    assert audit(panel, target=OPERATOR_TARGET) == []
    desk.click("threshold.policy_confirm.cancel")
    assert stored(desk) is None
    desk.click("threshold.set_policy")
    desk.click("threshold.policy_confirm.confirm")
    desk.wait(lambda: stored(desk) == "1000")


def test_what_could_not_be_stored_is_not_shown_as_set(desk: Desk) -> None:
    go(desk, 2)
    look_at(desk, 500)
    desk.wait(lambda: desk.enabled("threshold.set_policy"))
    desk.kit.database.commit_error = DiskFull("No space is left.")
    desk.click("threshold.set_policy")
    desk.wait(lambda: hint(desk, "threshold.error"))
    desk.wait(lambda: not desk.shown("threshold.preview"))
    assert "in 100 " in desk.text("threshold.in_force")


def test_operators_read_and_do_not_set(desk: Desk) -> None:
    desk.become(Role.OPERATOR)
    go(desk, 5)
    assert not desk.shown("threshold.set_policy")
    look_at(desk, 50)
    desk.wait(lambda: hint(desk, "threshold.preview"))


@pytest.mark.parametrize(("people", "said"), [(0, "Enroll people first"), (1, "a second person")])
def test_with_too_few_people_it_says_what_to_do(desk: Desk, people: int, said: str) -> None:
    go(desk, people)
    assert said in hint(desk, "threshold.claim")
    assert desk.text("threshold.fmr") == "–"
    assert audit(desk.frame, target=OPERATOR_TARGET) == []


def a_report(**changed: object) -> SiteReport:
    scores = np.array([-0.5, 0.1, 0.25])
    given = {
        "one_in": 100,
        "people": 30,
        "impostors": scores,
        "genuine": scores + 0.5,
        "line": 0.25,
        "fmr": 0.0,
        "bound": 0.095,
        "fnmr": 0.0,
        "needed": 299,
    }
    return SiteReport(**{**given, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (a_report(), "it is at most 1 in 10. 299 people can confirm it"),
        (a_report(people=300, bound=0.0099), "The 300 people enrolled here confirm it."),
        (a_report(people=300, fmr=0.005, bound=0.021), "so it takes more people"),
        (a_report(people=300, fmr=0.02, bound=0.04), "enrolled twice"),
        (
            a_report(one_in=1_000, needed=2_995),
            "the kiosk compares at most 1,000",
        ),
        (a_report(people=2, bound=0.78), "the rate is unknown"),
    ],
)
def test_no_more_is_claimed_than_was_shown(report: SiteReport, said: str) -> None:
    assert said in words.claim(report)[0]


@pytest.mark.parametrize(
    ("rate", "said"),
    [(None, "–"), (0.0, "0 %"), (0.00042, "0.042 %"), (0.0363, "3.6 %"), (0.996, "100 %")],
)
def test_rates_are_short(rate: float | None, said: str) -> None:
    assert words.share(rate).replace("\N{NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize("count", [1, 50, 40_000])
def test_no_interval_lies_on_both_sides_of_the_line(count: int) -> None:
    draw: Callable[..., np.ndarray] = np.random.default_rng(1).uniform
    shares = shares_of(a_report(impostors=draw(-1, 1, count), genuine=draw(-1, 1, count)))
    assert np.any(np.isclose(shares.edges, 0.25))
    assert (shares.edges[0], shares.edges[-1]) == (-1.0, 1.0)
    for each in (shares.impostors, shares.genuine):
        assert each.sum() == pytest.approx(1.0)


def test_what_is_on_the_line_is_drawn_above_it() -> None:
    shares = shares_of(a_report(impostors=np.array([0.25])))
    (place,) = shares.impostors.nonzero()[0]
    assert shares.edges[place] == 0.25
