"""The configuration as a whole, and the names of all settings."""

from __future__ import annotations

import platform
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field, PrivateAttr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from kiosk.core.policies import (
    ENROLL_END_POINT,
    ENROLL_QUALITY,
    VERIFY_END_POINT,
    VERIFY_QUALITY,
    EndPointPolicy,
    EnrollmentPolicy,
    Policies,
    QualityPolicy,
    VerificationPolicy,
)
from kiosk.settings.api import ApiSettings
from kiosk.settings.sections import (
    AudioSettings,
    AuditSettings,
    ConsentSettings,
    EnrollmentSettings,
    KeySettings,
    LocalPath,
    ModelSettings,
    OperatorSettings,
    VerificationSettings,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo

    from kiosk.core.api_policy import ApiPolicy

Origin = Literal["default", "site", "file", "environment", "argument"]

PREFIX = "KIOSK_"
DELIMITER = "__"
_SPEECH_MARGIN = 1.1
"""How much more net speech is waited for than is needed, as in the default end-point policies."""


def default_data_dir() -> Path:
    """Return the folder for data of this user, as the platform has it."""
    from platformdirs import user_data_path

    return user_data_path("voice-kiosk", appauthor=False)


def site_config_dir() -> Path:
    """Return the folder of settings that hold for this machine, whoever starts the program."""
    from platformdirs import site_config_path

    if platform.system() == "Linux":
        # Where systemd and Debian keep them; platformdirs names XDG's /etc/xdg.
        return Path("/etc/voice-kiosk")
    return site_config_path("voice-kiosk", appauthor=False)


class Settings(BaseSettings):
    """The effective configuration; made by :func:`load_settings`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
        env_ignore_empty=True,
    )

    schema_version: Literal[1] = Field(default=1, description="of this file")
    data_dir: LocalPath = Field(default_factory=default_data_dir, description="the data folder")
    database_url: str | None = Field(
        default=None,
        pattern=r"^(sqlite:///|postgresql(\+psycopg)?://).+",
        description="sqlite:///path-of-the-file or postgresql+psycopg://user@host/name",
    )
    log_dir: LocalPath | None = Field(
        default=None, description="a folder, or nothing for 'logs' in the data folder"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="of the system log"
    )
    full_screen: bool = Field(
        default=False, description="the window fills the screen, and only an operator leaves it"
    )
    language: str | None = Field(
        default=None,
        pattern=r"^[a-z]{2,3}([_-][A-Z]{2})?$",
        description="a language code such as en or pt_BR, or nothing for the system's",
    )
    audio: AudioSettings = AudioSettings()
    model: ModelSettings = ModelSettings()
    keys: KeySettings = KeySettings()
    verification: VerificationSettings = VerificationSettings()
    enrollment: EnrollmentSettings = EnrollmentSettings()
    consent: ConsentSettings = ConsentSettings()
    operators: OperatorSettings = OperatorSettings()
    audit: AuditSettings = AuditSettings()
    api: ApiSettings = ApiSettings()

    _origins: dict[str, Origin] = PrivateAttr(default_factory=dict)
    _ignored: tuple[str, ...] = PrivateAttr(default=())
    _beside_data: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from the constructor only; :func:`load_settings` merges the sources."""
        return (init_settings,)

    @property
    def beside_data(self) -> Mapping[str, str]:
        """Return what the file in the data folder says, in force or not, by the settings' names."""
        return self._beside_data

    @property
    def database_file(self) -> Path:
        """Return where the database lies unless ``database_url`` says otherwise."""
        return self.data_dir / "kiosk.db"

    @property
    def database(self) -> str | Path:
        """Return the URL or the path of the database."""
        return self.database_url or self.database_file

    @property
    def keys_folder(self) -> Path:
        """Return where key files lie by default: outside the data folder, for its copies."""
        from platformdirs import user_config_path

        return user_config_path("voice-kiosk", appauthor=False) / "keys"

    @property
    def logs_dir(self) -> Path:
        """Return the folder of the log files."""
        return self.log_dir or self.data_dir / "logs"

    @property
    def models_dir(self) -> Path:
        """Return the folder of installed voice models."""
        return self.data_dir / "models"

    @property
    def consent_dir(self) -> Path:
        """Return the folder of the site's own consent texts; it need not exist."""
        return self.consent.folder or self.data_dir / "consent"

    def policies(self) -> Policies:
        """Return the limits as policies; utterances end late enough for the speech required."""
        verification, enrollment = self.verification, self.enrollment
        return Policies(
            VerificationPolicy(
                verification.tries,
                verification.inconclusive_tries,
                _quality(VERIFY_QUALITY, verification),
                _end_point(VERIFY_END_POINT, verification.min_net_s),
                verification.attempts(),
                verification.second_factor,
            ),
            EnrollmentPolicy(
                takes=enrollment.takes,
                quality=_quality(ENROLL_QUALITY, enrollment),
                end_point=_end_point(ENROLL_END_POINT, enrollment.min_net_s),
            ),
        )

    def api_policy(self) -> ApiPolicy:
        """Return the limits of the HTTP service.

        Raises:
            SettingsInvalid: settings that contradict each other, or an entry that cannot be used.
        """
        return self.api.policy()

    def describe(self) -> list[tuple[str, str, str]]:
        """Return every setting as name, value and origin, then variables that are not settings.

        Origins are ``default``, ``site`` (the machine's file), ``file`` (the data folder's),
        ``environment``, ``argument`` and, for variables that begin like settings but are none,
        ``ignored``.
        """
        rows = []
        for name, _ in leaves(Settings):
            value: Any = self
            for part in name.split("."):
                value = getattr(value, part)
            if isinstance(value, tuple):
                value = ", ".join(map(str, value)) or "none"
            shown = "" if value is None else str(value)
            rows.append((name, shown, str(self._origins.get(name, "default"))))
        return rows + [(variable, "", "ignored") for variable in self._ignored]


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield the settings of a model and its sections by name, such as ``audio.device``."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from leaves(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def names() -> list[str]:
    """Return the names of all settings."""
    return [name for name, _ in leaves(Settings)]


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.replace(".", DELIMITER).upper()


def _quality(
    default: QualityPolicy, limits: VerificationSettings | EnrollmentSettings
) -> QualityPolicy:
    """Return the gates with those limits that a section has a setting for, by the same name."""
    wanted = type(limits).model_fields.keys() & {each.name for each in fields(default)}
    return replace(default, **{name: getattr(limits, name) for name in wanted})


def _end_point(default: EndPointPolicy, min_net_s: float) -> EndPointPolicy:
    wanted = max(default.wanted_net_s, round(min_net_s * _SPEECH_MARGIN, 3))
    return replace(default, wanted_net_s=wanted, enough_net_s=max(default.enough_net_s, wanted))
