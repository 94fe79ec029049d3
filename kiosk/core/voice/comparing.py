"""Who can be compared with the encoders that decide, and by which of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from kiosk.core.people.users import PersonSummary
    from kiosk.core.voice.calibration import Calibration


@dataclass(frozen=True)
class Comparing:
    """The encoders that decide.

    Attributes:
        models: all of them, the first one first.
        alone: those that may also decide alone, about a person whom no other one knows.
    """

    models: tuple[str, ...]
    alone: frozenset[str]

    def by(self, known: Collection[str]) -> tuple[str, ...]:
        """Return which encoders compare a person.

        Args:
            known: the models of the person's voiceprints.

        Returns:
            All that decide, one of them, or nothing: then the person cannot be compared.
        """
        if all(each in known for each in self.models):
            return self.models
        return next(((each,) for each in self.models if each in known and each in self.alone), ())


def comparing(calibrations: Sequence[Calibration]) -> Comparing:
    """Return the encoders of these calibrations: of all that decide, then of each alone."""
    return Comparing(
        calibrations[0].models,
        frozenset(each.models[0] for each in calibrations if len(each.models) == 1),
    )


@dataclass(frozen=True)
class Stale:
    """People whom a change of the voice model concerns, by ID.

    Attributes:
        again: those who must enroll again before they can be verified.
        weaker: those who can be verified, but by fewer encoders than decide.
    """

    again: tuple[str, ...]
    weaker: tuple[str, ...]


def must_enroll_again(summary: PersonSummary, comparing: Comparing) -> bool:
    """Return whether a person has a voiceprint, but none of an encoder that decides."""
    return bool(summary.model_ids) and not comparing.by(summary.model_ids)


def stale(people: Iterable[PersonSummary], comparing: Comparing) -> Stale:
    """Return whom the encoders that decide do not know, or not all of them."""
    enrolled = [each for each in people if each.model_ids]
    by = {each.person.user_id: comparing.by(each.model_ids) for each in enrolled}
    return Stale(
        tuple(user_id for user_id, found in by.items() if not found),
        tuple(user_id for user_id, found in by.items() if found and found != comparing.models),
    )
