"""The deployment configuration: what a site decides before the program starts.

Later ones win: defaults, the file ``kiosk.toml`` of the data folder (or the one that
``KIOSK_CONFIG`` names), environment variables such as ``KIOSK_AUDIO__DEVICE``, arguments of the
command line. What operators change while it runs is kept in the database instead.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from kiosk.core.errors import SettingsInvalid
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

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

Origin = Literal["default", "file", "environment", "argument"]

_PREFIX = "KIOSK_"
_DELIMITER = "__"
_CONFIG_VARIABLE = "KIOSK_CONFIG"
_MODE_VARIABLE = "KIOSK_ENV"
_FILE_NAME = "kiosk.toml"
_SPEECH_MARGIN = 1.1
"""How much more net speech is waited for than is needed, as in the default end-point policies."""


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


LocalPath = Annotated[Path, AfterValidator(_absolute)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class AudioSettings(_Section):
    """Where sound comes from."""

    device: str | None = Field(default=None, description="the key of a device, see 'kiosk devices'")
    wav_file: LocalPath | None = Field(
        default=None,
        description=f"a WAV file in place of the microphone, with {_MODE_VARIABLE}=development",
    )


class ModelSettings(_Section):
    """The voice model."""

    id: str | None = Field(default=None, description="an installed model, see 'kiosk model list'")
    threads: int | None = Field(default=None, ge=1, le=64)


class VerificationSettings(_Section):
    """What a verification must have; see :mod:`kiosk.core.policies`."""

    min_net_s: float = Field(default=VERIFY_QUALITY.min_net_s, ge=0.5, le=10.0)
    min_snr_db: float = Field(default=VERIFY_QUALITY.min_snr_db, ge=-10.0, le=40.0)
    tries: int = Field(default=VerificationPolicy.tries, ge=1, le=10)
    inconclusive_tries: int = Field(default=VerificationPolicy.inconclusive_tries, ge=1, le=20)


class EnrollmentSettings(_Section):
    """What an enrollment must have; see :mod:`kiosk.core.policies`."""

    min_net_s: float = Field(default=ENROLL_QUALITY.min_net_s, ge=1.0, le=10.0)
    min_snr_db: float = Field(default=ENROLL_QUALITY.min_snr_db, ge=-10.0, le=40.0)
    takes: int = Field(default=EnrollmentPolicy.takes, ge=1, le=10)


def default_data_dir() -> Path:
    """Return the folder for data of this user, as the platform has it."""
    from platformdirs import user_data_path

    return user_data_path("voice-kiosk", appauthor=False)


class Settings(BaseSettings):
    """The effective configuration; made by :func:`load_settings`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        env_prefix=_PREFIX,
        env_nested_delimiter=_DELIMITER,
        env_ignore_empty=True,
    )

    schema_version: Literal[1] = 1
    data_dir: LocalPath = Field(default_factory=default_data_dir, description="a folder")
    database_url: str | None = Field(
        default=None, pattern=r"^sqlite:///.+", description="sqlite:///path-of-the-file"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    full_screen: bool = False
    language: str | None = Field(
        default=None,
        pattern=r"^[a-z]{2,3}([_-][A-Z]{2})?$",
        description="a language code such as en or pt_BR, or nothing for the system's",
    )
    audio: AudioSettings = AudioSettings()
    model: ModelSettings = ModelSettings()
    verification: VerificationSettings = VerificationSettings()
    enrollment: EnrollmentSettings = EnrollmentSettings()

    _origins: dict[str, Origin] = PrivateAttr(default_factory=dict)
    _ignored: tuple[str, ...] = PrivateAttr(default=())

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
    def database_file(self) -> Path:
        """Return where the database lies unless ``database_url`` says otherwise."""
        return self.data_dir / "kiosk.db"

    @property
    def database(self) -> str | Path:
        """Return the URL or the path of the database."""
        return self.database_url or self.database_file

    @property
    def logs_dir(self) -> Path:
        """Return the folder of the log files."""
        return self.data_dir / "logs"

    @property
    def models_dir(self) -> Path:
        """Return the folder of installed voice models."""
        return self.data_dir / "models"

    def policies(self) -> Policies:
        """Return the limits as policies; utterances end late enough for the speech required."""
        verification, enrollment = self.verification, self.enrollment
        return Policies(
            VerificationPolicy(
                verification.tries,
                verification.inconclusive_tries,
                _quality(VERIFY_QUALITY, verification),
                _end_point(VERIFY_END_POINT, verification.min_net_s),
            ),
            EnrollmentPolicy(
                takes=enrollment.takes,
                quality=_quality(ENROLL_QUALITY, enrollment),
                end_point=_end_point(ENROLL_END_POINT, enrollment.min_net_s),
            ),
        )

    def describe(self) -> list[tuple[str, str, str]]:
        """Return every setting as name, value and origin, then variables that are not settings.

        Origins are ``default``, ``file``, ``environment``, ``argument`` and, for variables that
        begin like settings but are none, ``ignored``.
        """
        rows = []
        for name, _ in _leaves(Settings):
            value: Any = self
            for part in name.split("."):
                value = getattr(value, part)
            shown = "" if value is None else str(value)
            rows.append((name, shown, str(self._origins.get(name, "default"))))
        return rows + [(variable, "", "ignored") for variable in self._ignored]


def load_settings(data_dir: Path | str | None = None, **overrides: object) -> Settings:
    """Read the configuration.

    Args:
        data_dir: the data folder; None leaves it to the other sources.
        overrides: settings by name, those of a section as ``audio__device="..."`` or
            ``audio={"device": "..."}``; None counts as not given.

    Returns:
        The configuration; it remembers where each value came from.

    Raises:
        SettingsInvalid: a value or a name is not permitted, or the file cannot be read.
    """
    arguments = _nested({**overrides, "data_dir": data_dir})
    environment = _environment()
    folder = arguments.get("data_dir") or environment.get("data_dir") or default_data_dir()
    file, found = _file(Path(str(folder)))
    merged: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    _merge(merged, found, "file", origins)
    _merge(merged, environment, "environment", origins)
    _merge(merged, arguments, "argument", origins)
    try:
        settings = Settings(**merged)
    except ValidationError as exc:
        raise _invalid(exc, origins, file) from exc
    if settings.audio.wav_file and os.environ.get(_MODE_VARIABLE) != "development":
        raise SettingsInvalid(
            "The setting audio.wav_file puts a recording in place of the microphone, which is "
            f"permitted only with {_MODE_VARIABLE}=development.",
            hint="Remove the setting.",
        )
    settings._origins = origins  # noqa: SLF001 - made here, and nowhere else
    settings._ignored = _ignored_variables()  # noqa: SLF001
    return settings


# --- sources ---------------------------------------------------------------------------------


def _environment() -> dict[str, Any]:
    try:
        return EnvSettingsSource(Settings)()
    except SettingsError as exc:
        match = re.search(r'field "(\w+)"', str(exc))
        name = match[1] if match else "unknown"
        raise SettingsInvalid(
            f"The environment variable {_PREFIX}{name.upper()} cannot be read; set "
            f"{_PREFIX}{name.upper()}{_DELIMITER}<NAME> for one of its settings."
        ) from exc


def _file(data_dir: Path) -> tuple[Path, dict[str, Any]]:
    named = os.environ.get(_CONFIG_VARIABLE)
    file = _absolute(Path(named) if named else data_dir / _FILE_NAME)
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        if named:
            raise SettingsInvalid(
                f"The configuration file {file} does not exist.",
                hint=f"Correct {_CONFIG_VARIABLE}.",
            ) from None
        return file, {}
    except tomllib.TOMLDecodeError as exc:
        raise SettingsInvalid(f"The configuration file {file} is not TOML: {exc}.") from exc
    except UnicodeDecodeError as exc:
        raise SettingsInvalid(
            f"The configuration file {file} is not text.", hint="Save it as UTF-8 text."
        ) from exc
    except OSError as exc:
        raise SettingsInvalid(
            f"The configuration file {file} cannot be read: {exc.strerror}.",
            hint=f"Correct {_CONFIG_VARIABLE}, or the rights of the file."
            if named
            else "Give this user access to the data folder, or choose another with --data-dir.",
        ) from exc
    if "data_dir" in found and not named:
        raise SettingsInvalid(
            f"The setting data_dir is in {file}, which is found by it.",
            hint=f"Set {_PREFIX}DATA_DIR, or name the file with {_CONFIG_VARIABLE}.",
        )
    return file, found


def _nested(flat: Mapping[str, object]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in flat.items():
        if value is None:
            continue
        *sections, last = name.split(_DELIMITER)
        place = made
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value
    return made


def _merge(
    target: dict[str, Any],
    source: Mapping[str, Any],
    origin: Origin,
    origins: dict[str, Origin],
    prefix: str = "",
) -> None:
    for key, value in source.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            if not isinstance(target.get(key), dict):
                target[key] = {}
            _merge(target[key], value, origin, origins, f"{name}.")
        else:
            target[key] = value
            origins[name] = origin


def _ignored_variables() -> tuple[str, ...]:
    known = {_CONFIG_VARIABLE, _MODE_VARIABLE, *(_variable(name) for name, _ in _leaves(Settings))}
    sections = {_variable(name) for name in Settings.model_fields}
    return tuple(
        sorted(v for v in os.environ if v.startswith(_PREFIX) and v not in known | sections)
    )


# --- messages --------------------------------------------------------------------------------


def _invalid(exc: ValidationError, origins: Mapping[str, Origin], file: Path) -> SettingsInvalid:
    error = exc.errors(include_url=False)[0]
    name = ".".join(str(part) for part in error["loc"])
    origin = origins.get(name, "default")
    where = {
        "file": f" in {file}",
        "environment": f" in the environment variable {_variable(name)}",
    }.get(origin, "")
    if error["type"] == "extra_forbidden":
        section = name.rpartition(".")[0]
        siblings = ", ".join(n for n in _names() if n.rpartition(".")[0] == section)
        return SettingsInvalid(f"There is no setting {name}{where}; permitted: {siblings}.")
    if name == "database_url":  # it may hold a password
        problem = f"{where} cannot be used"
    else:
        problem = f" is {error['input']!r}{where}"
    return SettingsInvalid(f"The setting {name}{problem}; permitted: {_permitted(name)}.")


def _permitted(name: str) -> str:
    field = dict(_leaves(Settings)).get(name)
    if field is None:
        return "a table with " + ", ".join(n for n in _names() if n.startswith(f"{name}."))
    if field.description:
        return field.description
    if get_origin(field.annotation) is Literal:
        return " or ".join(str(value) for value in get_args(field.annotation))
    if field.annotation is bool:
        return "true or false"
    least = next(meta.ge for meta in field.metadata if hasattr(meta, "ge"))
    most = next(meta.le for meta in field.metadata if hasattr(meta, "le"))
    kind = "number" if field.annotation is float else "whole number"
    return f"a {kind} from {least:g} to {most:g}"


def _leaves(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _leaves(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def _names() -> list[str]:
    return [name for name, _ in _leaves(Settings)]


def _variable(name: str) -> str:
    return _PREFIX + name.replace(".", _DELIMITER).upper()


# --- policies --------------------------------------------------------------------------------


def _quality(
    default: QualityPolicy, limits: VerificationSettings | EnrollmentSettings
) -> QualityPolicy:
    return replace(default, min_net_s=limits.min_net_s, min_snr_db=limits.min_snr_db)


def _end_point(default: EndPointPolicy, min_net_s: float) -> EndPointPolicy:
    wanted = round(min_net_s * _SPEECH_MARGIN, 3)
    return replace(default, wanted_net_s=wanted, enough_net_s=max(default.enough_net_s, wanted))
