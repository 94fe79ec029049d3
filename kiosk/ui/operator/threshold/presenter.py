"""Measures what a policy means here, and sets it, in the recognition thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from kiosk.services.visit.shut_out import NOBODY
from kiosk.services.voice.scoring import set_one_in

if TYPE_CHECKING:
    import numpy.typing as npt

    from kiosk.core.errors import KioskError
    from kiosk.services.visit.shut_out import ShutOut
    from kiosk.services.voice.site_report import SiteReport
    from kiosk.ui.hearing.recognition_thread import Ticket
    from kiosk.ui.navigation import Ui

    Values = npt.NDArray[np.float64]

SCALE = (-1.0, 1.0)
"""Where scores are."""
_MOST_BINS = 70
_LEAST_BINS = 28


@dataclass(frozen=True, eq=False)
class Shares:
    """How the scores of this site are spread.

    Attributes:
        edges: of the intervals of scores, one more than there are intervals.
        impostors: which share of the impostor comparisons lies in each interval; empty without any.
        genuine: likewise.
    """

    edges: Values
    impostors: Values
    genuine: Values


@dataclass(frozen=True, eq=False)
class Reading:
    """What the policy in force means here, and what another would mean.

    Attributes:
        in_force: the former.
        looked_at: the latter; the same while none is looked at.
        shares: the scores at the latter.
        shut_out: who would be turned away by the latter.
    """

    in_force: SiteReport
    looked_at: SiteReport
    shares: Shares
    shut_out: ShutOut = NOBODY


class ThresholdPresenter(QObject):
    """The threshold as a policy, and its consequences.

    Signals:
        loaded: :class:`Reading`; None where the voice models were never calibrated.
        failed: :class:`kiosk.core.errors.KioskError`.

    Args:
        ui: the use-cases and threads.
        parent: Qt parent.
    """

    loaded = Signal(object)
    failed = Signal(object)

    def __init__(self, ui: Ui, parent: QObject) -> None:
        super().__init__(parent)
        self._kiosk = ui.kiosk
        self._recognition = ui.recognition
        self._looking: Ticket | None = None

    def load(self, one_in: int | None = None) -> None:
        """Measure; an earlier question that is still open is dropped.

        Args:
            one_in: a policy to look at beside the one in force.
        """
        self.stop()
        self._looking = self._recognition.submit(
            lambda _: self._read(one_in), self.loaded.emit, self.failed.emit
        )

    @Slot(int)
    def set(self, one_in: int) -> None:
        """Let at most one impostor in so many in from now on."""
        self.stop()

        def work() -> Reading | None:
            set_one_in(self._kiosk.preferences, one_in)
            return self._read(None)

        self._recognition.submit(lambda _: work(), self.loaded.emit, self._not_set)

    def stop(self) -> None:
        """Nobody waits for what is being measured."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _read(self, one_in: int | None) -> Reading | None:
        measure = self._kiosk.site_reports.measure
        in_force = measure()
        if in_force is None:
            return None
        other = None if one_in in (None, in_force.one_in) else measure(one_in)
        looked_at = in_force if other is None else other
        shut_out = NOBODY
        if looked_at.one_in > in_force.one_in:
            shut_out = self._kiosk.shut_outs.standing().at(looked_at.one_in)
        return Reading(in_force, looked_at, shares_of(looked_at), shut_out)

    def _not_set(self, error: KioskError) -> None:
        self.failed.emit(error)
        self.load()


def shares_of(report: SiteReport) -> Shares:
    """Return how the scores of a report are spread; fewer comparisons make wider intervals."""
    least = min((len(each) for each in (report.impostors, report.genuine) if len(each)), default=0)
    bins = int(np.clip(round(2 * least**0.5), _LEAST_BINS, _MOST_BINS))
    # The line is an edge: no interval lies on both sides of it.
    below = round(bins * (report.line - SCALE[0]) / (SCALE[1] - SCALE[0]))
    left = np.linspace(SCALE[0], report.line, below + 1)
    right = np.linspace(report.line, SCALE[1], bins - below + 1)
    edges = np.concatenate((left, right[1:]))
    return Shares(edges, _spread(report.impostors, edges), _spread(report.genuine, edges))


def _spread(values: Values, edges: Values) -> Values:
    if not len(values):
        return np.empty(0)
    # By the very comparison that decides: what is on the line is above it.
    places = np.searchsorted(edges, values, side="right") - 1
    counts = np.bincount(np.clip(places, 0, len(edges) - 2), minlength=len(edges) - 1)
    shares: Values = counts / len(values)
    return shares
