"""Facts in sections, gathered so that one that cannot be had never hides the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.cli.diagnosis import clock, machine, model, places, program, screen, service, sound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kiosk.services.facade import Kiosk
    from kiosk.settings import Settings

Facts = list[tuple[str, str]]
"""Pairs of a name and what was found, in words."""


@dataclass(frozen=True)
class Section:
    """What belongs together in the report.

    Attributes:
        title: in lower case, such as ``sound``.
        facts: see :data:`Facts`.
    """

    title: str
    facts: Facts


def sections(kiosk: Kiosk, settings: Settings) -> list[Section]:
    """Return everything that support would ask for beyond findings and settings.

    Args:
        kiosk: started as far as it goes.
        settings: the effective ones.
    """
    return list(
        gathered(
            [
                ("program", program.facts),
                ("system", machine.facts),
                ("clock", lambda: clock.facts(settings.database_file)),
                ("paths", lambda: places.facts(settings)),
                ("voice model", lambda: model.facts(kiosk)),
                ("sound", sound.facts),
                ("screen", screen.facts),
                ("service", lambda: service.facts(kiosk, settings)),
            ]
        )
    )


def gathered(looks: Iterable[tuple[str, Callable[[], Facts]]]) -> Iterable[Section]:
    """Yield each section; one that fails says so in place of its facts.

    Args:
        looks: titles, and what reads their facts.
    """
    for title, look in looks:
        try:
            yield Section(title, look())
        except Exception as error:  # noqa: BLE001 - a report is wanted most where things are broken
            words = " ".join(str(error).split())
            yield Section(title, [("not told", f"{type(error).__name__}: {words}")])
