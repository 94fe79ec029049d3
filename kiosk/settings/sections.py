"""The sections of the configuration, one for each part of the kiosk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from kiosk.core.limits.attempts import AttemptPolicy
from kiosk.core.limits.second_factor import FactorRule
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


def is_within(file: Path, folder: Path) -> bool:
    """Return whether a file lies in a folder, by its name or where its links lead."""
    real, within = Path(os.path.realpath(file)), Path(os.path.realpath(folder))
    return folder in file.parents or within in real.parents


LocalPath = Annotated[Path, AfterValidator(absolute)]
_NET = "seconds of net speech that a recording must have"
_SNR = "dB of signal-to-noise ratio that a recording must have"


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
    threads: int | None = Field(
        default=None, ge=1, le=64, description="of one computation; all cores but one by default"
    )


class KeySettings(Section):
    """Where the keys of voiceprints are kept; see :mod:`kiosk.vault.places`."""

    place: Literal["auto", "keyring", "file", "credential"] = Field(
        default="auto", description="where the keys are kept"
    )
    file: LocalPath | None = Field(
        default=None,
        description="the file of the keys, or nothing for one in the configuration folder",
    )


class VerificationSettings(Section):
    """What a verification must have; see :mod:`kiosk.core.policies`."""

    min_net_s: float = Field(default=VERIFY_QUALITY.min_net_s, ge=0.5, le=10.0, description=_NET)
    min_snr_db: float = Field(
        default=VERIFY_QUALITY.min_snr_db, ge=-10.0, le=40.0, description=_SNR
    )
    tries: int = Field(
        default=VerificationPolicy.tries,
        ge=1,
        le=10,
        description="rejections after which a visit ends",
    )
    inconclusive_tries: int = Field(
        default=VerificationPolicy.inconclusive_tries,
        ge=1,
        le=20,
        description="recordings too poor to compare after which a visit ends",
    )
    free_failures: int = Field(
        default=AttemptPolicy.free_failures,
        ge=1,
        le=5,
        description="failures in a row, before each further one is followed by a wait",
    )
    first_wait_s: float = Field(
        default=AttemptPolicy.first_wait_s,
        ge=30.0,
        le=3_600.0,
        description="seconds; the wait doubles with each further failure",
    )
    longest_wait_s: float = Field(
        default=AttemptPolicy.longest_wait_s,
        ge=3_600.0,
        le=86_400.0,
        description="seconds; no wait is longer",
    )
    most_failures: int = Field(
        default=AttemptPolicy.most_failures,
        ge=5,
        le=50,
        description="failures without a success, before an operator must check another factor",
    )
    free_inconclusive: int = Field(
        default=AttemptPolicy.free_inconclusive,
        ge=3,
        le=50,
        description="recordings in a row that could not be compared, before a wait",
    )
    place_failures: int = Field(
        default=AttemptPolicy.place_failures,
        ge=5,
        le=10_000,
        description="failures under whatever IDs, at this screen or of one program",
    )
    place_recovery_s: float = Field(
        default=AttemptPolicy.place_recovery_s,
        ge=0.1,
        le=60.0,
        description="seconds after which one of these failures is forgotten; the longest wait "
        "for the place",
    )
    second_factor: FactorRule = Field(
        default=FactorRule.NONE,
        description="a PIN or badge as well as the voice: none, optional or required",
    )

    def attempts(self) -> AttemptPolicy:
        """Return what holds over all visits."""
        return AttemptPolicy(
            self.free_failures,
            self.first_wait_s,
            self.longest_wait_s,
            self.most_failures,
            self.free_inconclusive,
            self.place_failures,
            self.place_recovery_s,
        )


class OperatorSettings(Section):
    """Those who look after the kiosk."""

    sign_out_s: float = Field(
        default=300.0,
        ge=30.0,
        le=3_600.0,
        description="seconds without a touch after which an operator is signed out",
    )


class ConsentSettings(Section):
    """What consent texts say of the site, and where its own texts lie."""

    controller: str = Field(
        default="",
        max_length=200,
        description="who is responsible for the data, as people know them",
    )
    contact: str = Field(
        default="",
        max_length=300,
        description="whom to ask about the data, and how",
    )
    folder: LocalPath | None = Field(
        default=None,
        description="a folder of texts <language>.md; the folder 'consent' of the data folder by "
        "default",
    )


class AuditSettings(Section):
    """Where the audit records are anchored; see :mod:`kiosk.storage.records.anchors`."""

    anchor_file: Literal["off"] | LocalPath | None = Field(
        default=None,
        description="a file, at best on another machine or medium, that gets an anchor by itself; "
        "beside the keys by default, or off",
    )
    anchor_every: int = Field(
        default=100,
        ge=1,
        le=1_000_000,
        description="records between two anchors; the first record of a day gets one too",
    )


class EnrollmentSettings(Section):
    """What an enrollment must have; see :mod:`kiosk.core.policies`."""

    min_net_s: float = Field(default=ENROLL_QUALITY.min_net_s, ge=1.0, le=10.0, description=_NET)
    min_snr_db: float = Field(
        default=ENROLL_QUALITY.min_snr_db, ge=-10.0, le=40.0, description=_SNR
    )
    takes: int = Field(
        default=EnrollmentPolicy.takes, ge=1, le=10, description="accepted takes of a person"
    )
