"""Reads the configuration from its sources, and says in words what is wrong with it."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, SettingsError

from kiosk.core.errors import SettingsInvalid
from kiosk.settings.effective import (
    DELIMITER,
    PREFIX,
    Origin,
    Settings,
    default_data_dir,
    leaves,
    names,
    site_config_dir,
    variable,
)
from kiosk.settings.sections import MODE_VARIABLE, absolute, is_within

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_CONFIG_VARIABLE = "KIOSK_CONFIG"
_SITE_VARIABLE = "KIOSK_SITE_CONFIG"
_FILE_NAME = "kiosk.toml"
_NOT_BESIDE_DATA = ("keys.", "audit.", "database_url")
"""Beginnings of settings that say what the data are judged by, or what is taken for them."""


def load_settings(data_dir: Path | str | None = None, **overrides: object) -> Settings:
    """Read the configuration.

    Args:
        data_dir: the data folder; None leaves it to the other sources.
        overrides: settings by name, those of a section as ``audio__device="..."`` or
            ``audio={"device": "..."}``; None counts as not given.

    Returns:
        The configuration; it remembers where each value came from.

    Raises:
        SettingsInvalid: a value or a name is not permitted, or not where it stands, or the file
            cannot be read.
    """
    arguments = _nested({**overrides, "data_dir": data_dir})
    environment = _environment()
    site, of_site = _site_file()
    sources = (arguments, environment, of_site)
    named = [source["data_dir"] for source in sources if "data_dir" in source]
    folder = named[0] if named else default_data_dir()
    file, found = _file(Path(str(folder)))
    merged: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    _merge(merged, of_site, "site", origins)
    _merge(merged, found, "file", origins)
    _merge(merged, environment, "environment", origins)
    _merge(merged, arguments, "argument", origins)
    try:
        settings = Settings(**merged)
    except ValidationError as exc:
        raise _invalid(exc, origins, {"site": site, "file": file}) from exc
    for origin, where, said in (("site", site, of_site), ("file", file, found)):
        if is_within(where, settings.data_dir):
            _require_outside(where, [name for name in origins if origins[name] == origin])
            settings._beside_data.update(_flat(said))  # noqa: SLF001 - made here
    if settings.audio.wav_file and os.environ.get(MODE_VARIABLE) != "development":
        raise SettingsInvalid(
            "The setting audio.wav_file puts a recording in place of the microphone, which is "
            f"permitted only with {MODE_VARIABLE}=development.",
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
            f"The environment variable {PREFIX}{name.upper()} cannot be read; set "
            f"{PREFIX}{name.upper()}{DELIMITER}<NAME> for one of its settings."
        ) from exc


def _site_file() -> tuple[Path, dict[str, Any]]:
    """Read what holds for every data folder of this machine."""
    named = os.environ.get(_SITE_VARIABLE)
    file = absolute(Path(named) if named else site_config_dir() / _FILE_NAME)
    found = _read(
        file,
        named_by=_SITE_VARIABLE if named else "",
        hint="Let everybody read it: who may not cannot know what holds on this machine.",
    )
    return file, found


def _file(data_dir: Path) -> tuple[Path, dict[str, Any]]:
    """Read what holds for this data folder."""
    named = os.environ.get(_CONFIG_VARIABLE)
    file = absolute(Path(named) if named else data_dir / _FILE_NAME)
    found = _read(
        file,
        named_by=_CONFIG_VARIABLE if named else "",
        hint="Give this user access to the data folder, or choose another with --data-dir.",
    )
    if "data_dir" in found and not named:
        raise SettingsInvalid(
            f"The setting data_dir is in {file}, which is found by it.",
            hint=f"Set {PREFIX}DATA_DIR, or name the file with {_CONFIG_VARIABLE}.",
        )
    return file, found


def _read(file: Path, *, named_by: str, hint: str) -> dict[str, Any]:
    """Return what is in a file; nothing where there is none and nobody has named it."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        if named_by:
            raise SettingsInvalid(
                f"The configuration file {file} does not exist.", hint=f"Correct {named_by}."
            ) from None
        return {}
    except tomllib.TOMLDecodeError as exc:
        raise SettingsInvalid(f"The configuration file {file} is not TOML: {exc}.") from exc
    except UnicodeDecodeError as exc:
        raise SettingsInvalid(
            f"The configuration file {file} is not text.", hint="Save it as UTF-8 text."
        ) from exc
    except OSError as exc:
        raise SettingsInvalid(
            f"The configuration file {file} cannot be read: {exc.strerror}.",
            hint=f"Correct {named_by}, or the rights of the file." if named_by else hint,
        ) from exc


def _require_outside(file: Path, given: Sequence[str]) -> None:
    """Refuse what a file in the data folder must not say: it would be part of what it protects.

    Whoever exchanges the data folder would exchange with it where the keys, the memory of whose
    the database is, and the anchors of the records are looked for.
    """
    for name in given:
        if name.startswith(_NOT_BESIDE_DATA):
            raise SettingsInvalid(
                f"The setting {name} is in {file}, in the data folder. It is not believed there: "
                "whoever can exchange the data could exchange with them what they are checked by.",
                hint=f"Move it to {site_config_dir() / _FILE_NAME}, or to a file elsewhere that "
                f"{_SITE_VARIABLE} or {_CONFIG_VARIABLE} names; or set {variable(name)}.",
            )


def _nested(flat: Mapping[str, object]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in flat.items():
        if value is None:
            continue
        *sections, last = name.split(DELIMITER)
        place = made
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value
    return made


def _flat(source: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in source.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            listed = value if isinstance(value, list) else [value]
            yield f"{prefix}{key}", ", ".join(map(str, listed))


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
    known = {_CONFIG_VARIABLE, _SITE_VARIABLE, MODE_VARIABLE}
    known |= {variable(name) for name, _ in leaves(Settings)}
    sections = {variable(name) for name in Settings.model_fields}
    return tuple(
        sorted(v for v in os.environ if v.startswith(PREFIX) and v not in known | sections)
    )


# --- messages --------------------------------------------------------------------------------


def _invalid(
    exc: ValidationError, origins: Mapping[str, Origin], files: Mapping[str, Path]
) -> SettingsInvalid:
    error = exc.errors(include_url=False)[0]
    name = ".".join(str(part) for part in error["loc"])
    origin = origins.get(name, "default")
    where = f" in {files[origin]}" if origin in files else ""
    if origin == "environment":
        where = f" in the environment variable {variable(name)}"
    if error["type"] == "extra_forbidden":
        section = name.rpartition(".")[0]
        siblings = ", ".join(n for n in names() if n.rpartition(".")[0] == section)
        return SettingsInvalid(f"There is no setting {name}{where}; permitted: {siblings}.")
    if name in ("database_url", "api.streams"):  # they may hold a password
        problem = f"{where} cannot be used"
    else:
        problem = f" is {error['input']!r}{where}"
    return SettingsInvalid(f"The setting {name}{problem}; permitted: {_permitted(name)}.")


def _permitted(name: str) -> str:
    field = dict(leaves(Settings)).get(name)
    if field is None:
        return "a table with " + ", ".join(n for n in names() if n.startswith(f"{name}."))
    values = permitted_values(field)
    if field.description:
        return f"{values} ({field.description})" if values else field.description
    return values


def permitted_values(field: FieldInfo) -> str:
    """Return in words what a setting may be; nothing where its description alone says so."""
    if get_origin(field.annotation) is Literal:
        return " or ".join(str(value) for value in get_args(field.annotation))
    if field.annotation is bool:
        return "true or false"
    return _limits(field)


def _limits(field: FieldInfo) -> str:
    """Return in words how great a number or how long a text may be; nothing without limits."""
    bounds = {
        name: getattr(meta, name)
        for meta in field.metadata
        for name in ("ge", "le", "max_length")
        if hasattr(meta, name)
    }
    if "max_length" in bounds:
        return f"a text of at most {bounds['max_length']} characters"
    if "ge" not in bounds:
        return ""
    kind = "number" if field.annotation is float else "whole number"
    return f"a {kind} from {bounds['ge']:.10g} to {bounds['le']:.10g}"
