"""Reads what was measured about the voice models that come with the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.core.errors import ModelRefused
from kiosk.core.voice.calibration import Calibration, Tail, Trust

if TYPE_CHECKING:
    from pathlib import Path

CALIBRATIONS = "calibrations.json"
_Number = Annotated[float, Field(allow_inf_nan=False)]
_Weight = Annotated[float, Field(ge=0.0, le=1.0)]
_Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Tail(_Entry):
    people: Annotated[int, Field(ge=1)]
    one_in: Annotated[tuple[_Positive, ...], Field(min_length=2)]
    deviations: Annotated[tuple[_Number, ...], Field(min_length=2)]


class _Trust(_Entry):
    mean: _Positive
    spread: _Positive
    tail: _Positive


class _Calibration(_Entry):
    models: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)]
    weights: tuple[_Weight, ...]
    top: Annotated[int, Field(ge=1)]
    mean: tuple[_Number, _Number]
    spread: tuple[_Number, _Number]
    typical: _Number
    trust: _Trust
    tails: Annotated[tuple[_Tail, ...], Field(min_length=1)]
    llr: tuple[_Number, _Number]
    agreement: _Number

    def value(self) -> Calibration:
        tails = tuple(Tail(each.people, each.one_in, each.deviations) for each in self.tails)
        return Calibration(
            self.models,
            self.weights,
            self.top,
            self.mean,
            self.spread,
            self.typical,
            Trust(self.trust.mean, self.trust.spread, self.trust.tail),
            tails,
            self.llr,
            self.agreement,
        )


class _File(_Entry):
    schema_version: Annotated[int, Field(ge=1, le=1)]
    measured: str
    calibrations: tuple[_Calibration, ...]


def read_calibrations(folder: Path) -> tuple[Calibration, ...]:
    """Return what was measured; nothing where the program came without.

    Raises:
        ModelRefused: the file cannot be read, or is none of this program.
    """
    path = folder / CALIBRATIONS
    if not path.exists():
        return ()
    try:
        found = _File.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as exc:
        raise ModelRefused(
            f"{CALIBRATIONS} of the voice models cannot be used.",
            hint="Install the program again.",
        ) from exc
    return tuple(each.value() for each in found.calibrations)
