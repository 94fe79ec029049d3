"""What a policy means at this site, in plain sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from kiosk.core.voice.site import MOST
from kiosk.ui.operator.words import NOTHING

if TYPE_CHECKING:
    from kiosk.services.visit.shut_out import ShutOut
    from kiosk.services.voice.site_report import SiteReport
    from kiosk.ui.widgets.card import SoftTone

POLICIES = (20, 50, 100, 200, 500, 1_000, 10_000)
"""What is offered: at most one impostor in so many."""
_FEW = 2
"""Of fewer nothing is said."""
_EXACT = 0.1
"""From this share on decimals say nothing."""


def policy(one_in: int) -> str:
    """Return a policy as it is chosen."""
    return _tr("At most 1 impostor in {0}").replace("{0}", f"{one_in:,}")


def share(rate: float | None) -> str:
    """Return a rate in percent; a dash for None."""
    if rate is None:
        return NOTHING
    percent = f"{100 * rate:.0f}" if rate >= _EXACT or not rate else f"{100 * rate:.2g}"
    return f"{percent}\N{NO-BREAK SPACE}%"


def claim(report: SiteReport) -> tuple[str, SoftTone]:
    """Return what can be claimed from the people here, from how many on more can, and its tone."""
    if report.bound is None:
        if report.people:
            text = _tr("Enroll a second person to see how impostors score here.")
        else:
            text = _tr("Enroll people first. Then this page shows how their voices score.")
        elsewhere = _tr("Until then the threshold is based on measurements from other sites.")
        return f"{text} {elsewhere}", "neutral"
    if report.bound <= 1 / report.one_in:
        text = _tr(
            "The {0} people enrolled here confirm it. With 95 % confidence at most {1} of "
            "impostors like them reach the threshold."
        )
        return _filled(text, f"{report.people:,}", share(report.bound)), "positive"
    text = _tr(
        "The {1} people enrolled here alone cannot confirm 1 in {0}. With 95 % confidence {2}."
    )
    parts = [_filled(text, f"{report.one_in:,}", f"{report.people:,}", _at_most(report.bound))]
    parts.append(_needed(report))
    return " ".join(parts), "warning" if _too_alike(report) else "neutral"


def preview(now: SiteReport, then: SiteReport) -> str:
    """Return what would change with another policy."""
    parts = [_filled(_tr("Preview of 1 in {0}; not set."), f"{then.one_in:,}")]
    changes = (
        (_tr("Impostors at the threshold or above: {0}, now {1}."), now.fmr, then.fmr),
        (_tr("Genuine scores below it: {0}, now {1}."), now.fnmr, then.fnmr),
    )
    for text, before, after in changes:
        if after is not None:
            parts.append(_filled(text, share(after), share(before)))
    return " ".join(parts)


def turn_away(shut_out: ShutOut) -> str:
    """Return the question before people are turned away."""
    if shut_out.count == 1:
        return _tr("Turn away 1 person?")
    return _filled(_tr("Turn away {0} people?"), f"{shut_out.count:,}")


def turned_away(shut_out: ShutOut) -> str:
    """Return who would be."""
    text = _tr(
        "{0} of {1} people who can be verified today would probably be turned away. Their last "
        "attempt, or their own takes compared with each other, score below the new threshold."
    )
    return _filled(text, f"{shut_out.count:,}", f"{shut_out.people:,}")


def spoken(report: SiteReport) -> str:
    """Return in words what the plot and the figures show."""
    text = _tr(
        "The threshold is {0}. Impostors: {1} comparisons of {2} people, {3} at the threshold "
        "or above. Genuine: {4} comparisons, {5} below it."
    )
    return _filled(
        text,
        f"{report.line:.2f}",
        f"{len(report.impostors):,}",
        f"{report.people:,}",
        share(report.fmr),
        f"{len(report.genuine):,}",
        share(report.fnmr),
    )


def _needed(report: SiteReport) -> str:
    if _too_alike(report):
        return _tr(
            "Some people here are mistaken for each other too often. Check whether somebody is "
            "enrolled twice."
        )
    if report.needed > MOST:
        text = _tr(
            "That takes {0} people, and the kiosk compares at most {1}. {2} 'kiosk evaluate' "
            "measures it with recordings of more people."
        )
        return _filled(text, f"{report.needed:,}", f"{MOST:,}", _elsewhere())
    if report.people < report.needed:
        text = _tr("{0} people can confirm it, if nobody is mistaken for another: {1} more. {2}")
        more = f"{report.needed - report.people:,}"
        return _filled(text, f"{report.needed:,}", more, _elsewhere())
    return _tr("Some people here are mistaken for each other, so it takes more people.")


def _too_alike(report: SiteReport) -> bool:
    """Return whether more people would not help: more impostors get in than the policy says."""
    enough = report.people >= min(report.needed, MOST)
    return enough and report.fmr is not None and report.fmr > 1 / report.one_in


def _elsewhere() -> str:
    return _tr("Until then the threshold is also based on measurements from other sites.")


def _at_most(bound: float) -> str:
    """Return a bound as one in so many, rounded so that it still holds."""
    one_in = math.floor(1 / bound)
    if one_in < _FEW:
        return _tr("the rate is unknown")
    return _tr("it is at most 1 in {0}").replace("{0}", f"{one_in:,}")


def _filled(text: str, *values: str) -> str:
    for place, value in enumerate(values):
        text = text.replace(f"{{{place}}}", value)
    return text


def _tr(text: str) -> str:
    return QCoreApplication.translate("threshold", text)
