"""The consent texts: those that come with the program, or a site's own in their place."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from kiosk.core.errors import InvalidInput, ResourcesMissing
from kiosk.core.people.consent import ConsentTemplate

if TYPE_CHECKING:
    from pathlib import Path

_LANGUAGE = r"(?P<language>[a-z]{2,3}(?:-[A-Za-z]{2,4})?)"
_BUILT_IN = re.compile(rf"{_LANGUAGE}-(?P<version>\d+)\.md")
_OWN = re.compile(rf"{_LANGUAGE}\.md")
_LARGEST = 200_000
"""Bytes of a text: what people are to read is never as long as that."""
_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


class FolderConsentTexts:
    """Implements :class:`kiosk.core.people.consent.ConsentTexts` on two folders.

    The program's own texts are called ``<language>-<version>.md``, and the highest version counts.
    A site's own are called ``<language>.md``; their version is made of their hash, and so changes
    with every word. As soon as there is one of them, none of the program's is offered any more: in
    two languages a site must not say two different things.

    Args:
        built_in: the program's own.
        own: the site's; need not exist.
    """

    def __init__(self, built_in: Path, own: Path) -> None:
        self._built_in = built_in
        self._own = own

    @property
    def own_folder(self) -> Path:
        """Return the folder for texts of the site."""
        return self._own

    def languages(self) -> list[str]:
        """Return the codes of the languages; see the port."""
        found = self._files()
        if not found:
            raise ResourcesMissing("There is no consent text.")
        return sorted(found, key=lambda code: (code != "en", code))

    def template(self, language: str) -> ConsentTemplate:
        """Return the text in a language; see the port."""
        found = self._files().get(language)
        if found is None:
            raise ResourcesMissing(
                f"There is no consent text in the language {language}.",
                hint="See 'kiosk consent texts' for those that there are.",
            )
        version, path = found
        try:
            if path.stat().st_size > _LARGEST:
                raise ResourcesMissing(f"The consent text {path} is too long to be one.")
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as exc:
            raise ResourcesMissing(
                f"The consent text {path} cannot be read.", hint="Save it as UTF-8 text."
            ) from exc
        if not text.strip():
            raise ResourcesMissing(f"The consent text {path} is empty.")
        if not version:
            version = f"site-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        return ConsentTemplate(version, language, text)

    def write_own(self) -> list[Path]:
        """Copy the program's texts into the site's folder, to be edited there; none is replaced.

        Returns:
            The files that were written.

        Raises:
            InvalidInput: the folder cannot be written.
        """
        written = []
        try:
            self._own.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            for language, (_, path) in sorted(self._shipped().items()):
                target = self._own / f"{language}.md"
                if not target.exists():
                    target.touch(mode=_FILE_MODE)
                    target.write_bytes(path.read_bytes())
                    written.append(target)
        except OSError as exc:
            raise InvalidInput(
                f"The folder {self._own} cannot be written.",
                hint="Choose another one with the setting consent.folder.",
            ) from exc
        return written

    def _files(self) -> dict[str, tuple[str, Path]]:
        """Return version and file by language; sites' own versions are made when they are read."""
        own = {
            match["language"]: ("", path)
            for path in _listed(self._own)
            if (match := _OWN.fullmatch(path.name))
        }
        return own or self._shipped()

    def _shipped(self) -> dict[str, tuple[str, Path]]:
        found: dict[str, tuple[str, Path]] = {}
        for path in _listed(self._built_in):
            match = _BUILT_IN.fullmatch(path.name)
            if match:
                language, version = match["language"], match["version"]
                if language not in found or int(version) > int(found[language][0]):
                    found[language] = (version, path)
        return found


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError:
        return []
