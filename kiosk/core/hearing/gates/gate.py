"""What a quality gate is made of."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from kiosk.core.words import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.hearing.audio import Samples
    from kiosk.core.hearing.speech import Speech
    from kiosk.core.policies import QualityPolicy
    from kiosk.core.words import Words


@dataclass(frozen=True, eq=False)
class Measure:
    """Something that is measured of a recording.

    Attributes:
        meaning: what it is, in the schema of the API.
        example: a value, in the schema of the API.
        of: takes the recording and its samples within speech. Never raises on finite samples.
    """

    meaning: str
    example: float
    of: Callable[[Speech, Samples], float]


class Bound(Enum):
    """What a measurement must be beside a limit, and how the screen says so."""

    AT_LEAST = QT_TRANSLATE_NOOP("figures", "at least {0}")
    ABOVE = QT_TRANSLATE_NOOP("figures", "above {0}")
    BELOW = QT_TRANSLATE_NOOP("figures", "below {0}")

    def keeps(self, value: float, limit: float) -> bool:
        """Return whether a measurement is good enough."""
        return bool(_KEEPS[self](value, limit))


_KEEPS = {Bound.AT_LEAST: operator.ge, Bound.ABOVE: operator.gt, Bound.BELOW: operator.lt}


@dataclass(frozen=True, eq=False)
class Display:
    """How the screen shows a measurement.

    Attributes:
        title: marked for translation as one of the "figures".
        unit: stands behind the number.
        place: the least one is shown first.
        digits: of the measurement, after the point.
        limit_digits: of the limit; None for as many.
        convert: into the unit.
    """

    title: str
    unit: str
    place: int
    digits: int = 0
    limit_digits: int | None = None
    convert: Callable[[float], float] = float


def _no_limit(_: QualityPolicy) -> None:
    return None


@dataclass(frozen=True, eq=False)
class Gate:
    """One reason to refuse a recording.

    Attributes:
        code: stable name, in records and answers.
        advice: what to do about it, in plain English, for commands and the API.
        words: for the screen, marked for translation as "messages": the title is a hint while
            somebody speaks, the hint is advice afterwards.
        measure: what is looked at; None where it is found out elsewhere.
        limit: takes it from the policy; None where the policy has none.
        bound: what the measurement must be beside the limit.
        display: how it is shown; None where it is not.
        shown_at: the gate whose figure is marked in place of an own one.
    """

    code: str
    advice: str
    words: Words
    measure: Measure | None = None
    limit: Callable[[QualityPolicy], float | None] = _no_limit
    bound: Bound = Bound.AT_LEAST
    display: Display | None = None
    shown_at: Gate | None = None

    def keeps(self, value: float, policy: QualityPolicy) -> bool:
        """Return whether a measurement is good enough."""
        limit = self.limit(policy)
        return limit is None or self.bound.keeps(value, limit)
