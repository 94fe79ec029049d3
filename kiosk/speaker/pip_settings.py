"""Where this machine gets its Python packages: what pip and uv have been told.

A site that installs packages through a mirror has said so once, to pip; the download of a voice
model that lies in a package goes the same way. Nothing is asked that nobody has configured.
"""

from __future__ import annotations

import configparser
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SECTIONS = ("global", "download")
_SCHEMES = ("https://", "http://")


@dataclass(frozen=True)
class IndexSettings:
    """Which package indexes to ask, in this order, and how.

    Attributes:
        urls: addresses of simple repositories (PEP 503); may hold a user and a password.
        certificates: file with the certificate authorities to trust; None for the system's.
    """

    urls: tuple[str, ...]
    certificates: str | None = None


def index_settings(
    chosen: str | None,
    environment: Mapping[str, str] | None = None,
    files: tuple[Path, ...] | None = None,
) -> IndexSettings:
    """Return the package indexes that this machine has been told to use.

    Environment variables win over pip's files, as for pip. Indexes in local folders are left out.

    Args:
        chosen: the one that the kiosk's own setting names; then no other is asked.
        environment: variables; None for those of this process.
        files: pip's configuration files, later ones win; None for those of this machine.
    """
    variables = os.environ if environment is None else environment
    found = pip_files(variables) if files is None else files
    configured = _read(found)
    certificates = variables.get("PIP_CERT") or configured.get("cert") or None
    if chosen is not None:
        return IndexSettings((chosen,), certificates)
    said = [
        _first(variables, "PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
        or configured.get("index-url", ""),
        _first(variables, "PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL")
        or configured.get("extra-index-url", ""),
    ]
    # uv permits NAME=ADDRESS.
    urls = [_unnamed(word) for text in said for word in text.split()]
    return IndexSettings(
        tuple(dict.fromkeys(url for url in urls if url.startswith(_SCHEMES))), certificates
    )


def pip_files(variables: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the places where pip looks for its configuration, later ones win."""
    named = variables.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return ()
    return (*_usual_files(variables), *([Path(named)] if named else []))


def _usual_files(variables: Mapping[str, str]) -> Iterator[Path]:
    """Yield the files of the machine, of the user and of the environment that runs this program."""
    home = Path.home()
    if sys.platform == "win32":
        for variable in ("PROGRAMDATA", "APPDATA"):
            if folder := variables.get(variable):
                yield Path(folder) / "pip" / "pip.ini"
        yield Path(sys.prefix) / "pip.ini"
        return
    yield Path("/etc/pip.conf")
    if sys.platform == "darwin":
        yield home / "Library" / "Application Support" / "pip" / "pip.conf"
    yield home / ".pip" / "pip.conf"
    yield Path(variables.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    yield Path(sys.prefix) / "pip.conf"


def _read(files: tuple[Path, ...]) -> dict[str, str]:
    """Return what the files say; one that cannot be read says nothing, as for pip."""
    found: dict[str, str] = {}
    for path in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError, OSError):
            continue
        for section in _SECTIONS:
            if parser.has_section(section):
                found.update(
                    {name.replace("_", "-"): value for name, value in parser.items(section)}
                )
    return found


def _first(variables: Mapping[str, str], *names: str) -> str:
    return next((variables[name] for name in names if variables.get(name)), "")


def _unnamed(word: str) -> str:
    name, equals, rest = word.partition("=")
    return rest if equals and "/" not in name else word
