"""``kiosk evaluate --protocol site``: the kiosk's own services on a temporary database."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.cli.output import answer, progress_bar, say, show_table
from kiosk.cli.session import console
from kiosk.core.accounts.acting import acting_as

if TYPE_CHECKING:
    from kiosk.services.measuring.site_figures import Figures
    from kiosk.services.measuring.site_protocol import Plan, SiteEvaluation


def evaluate_site(listed: Path, root: Path, plan: Plan, *, as_json: bool) -> None:
    """Measure and print; nothing of it is kept.

    Raises:
        KioskError: the list or a recording cannot be read, or the kiosk not be built.
    """
    from kiosk.bootstrap import build
    from kiosk.services.measuring.site_protocol import SiteProtocol, read_people
    from kiosk.settings import load_settings

    people = read_people(listed)
    with tempfile.TemporaryDirectory(prefix="kiosk-evaluate-") as name:
        folder = Path(name)
        settings = load_settings(
            folder / "data", keys__place="file", keys__file=str(folder / "keys" / "key")
        )
        with (
            acting_as(console()),
            build(settings) as kiosk,
            progress_bar("Encoding") as progress,
        ):
            kiosk.startup.run(until="model")
            made = SiteProtocol(kiosk)(people, root, plan, progress)
    if as_json:
        answer(_json(made, plan))
    else:
        _show(made, plan)


def _json(made: SiteEvaluation, plan: Plan) -> dict[str, Any]:
    return {
        "protocol": "site",
        "speakers": made.speakers,
        "files": made.files,
        "people": made.people,
        "takes": plan.takes,
        "policy": plan.one_in,
        "repeats": plan.repeats,
        "gates": plan.gates,
        "enrollments": made.asked,
        "fte": _share(sum(made.refused.values()), made.asked),
        "fte_reasons": dict(made.refused),
        "probes": made.probes,
        "fta": _share(made.poor, made.probes),
        "scorers": {name: _figures(each) for name, each in made.figures.items()},
        "bound": _mean(made.bounds),
        "bound_covers": _covered(made),
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "genuine": figures.genuine,
        "impostor": figures.impostor,
        "eer": figures.eer,
        "min_dcf": figures.min_dcf,
        "min_cllr": figures.min_cllr,
        "cllr": figures.cllr,
        "fmr": figures.fmr,
        "fmr_interval": figures.fmr_interval,
        "fmr_enrolled": figures.fmr_enrolled,
        "fmr_strangers": figures.fmr_strangers,
        "fnmr": figures.fnmr,
        "fnmr_interval": figures.fnmr_interval,
    }


def _show(made: SiteEvaluation, plan: Plan) -> None:
    say(
        f"{made.files} recordings of {made.speakers} speakers; {made.people} enrolled with "
        f"{plan.takes} takes each, {plan.repeats} times; at most 1 impostor in {plan.one_in}."
    )
    failed = sum(made.refused.values())
    reasons = "".join(f", {count} {name}" for name, count in sorted(made.refused.items()))
    say(f"Failure to enroll: {_percent(_share(failed, made.asked))}{reasons}.")
    say(f"Too poor to be compared: {_percent(_share(made.poor, made.probes))}.")
    show_table(
        ("Scorer", ">EER", ">minDCF", ">Cllr", ">FMR", ">95 % interval", ">FNMR", ">95 % interval"),
        [
            (
                name,
                _percent(each.eer),
                _figure(each.min_dcf),
                _figure(each.min_cllr if each.cllr is None else each.cllr),
                _percent(each.fmr),
                _interval(each.fmr_interval),
                _percent(each.fnmr),
                _interval(each.fnmr_interval),
            )
            for name, each in made.figures.items()
        ],
    )
    say("The Cllr of who tells no log-likelihood ratio is that of the best one could make of it.")
    if made.bounds:
        say(
            f"Stated bound of the FMR, on average: {_percent(_mean(made.bounds))}; it covered what "
            f"was measured in {_percent(_covered(made))} of the repeats."
        )


def _share(count: int, of: int) -> float | None:
    return count / of if of else None


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _covered(made: SiteEvaluation) -> float | None:
    pairs = list(zip(made.bounds, made.measured, strict=True))
    return _share(sum(measured <= bound for bound, measured in pairs), len(pairs))


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.2f} %"


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _interval(value: tuple[float, float] | None) -> str:
    return "—" if value is None else f"{100 * value[0]:.1f} to {100 * value[1]:.1f} %"
