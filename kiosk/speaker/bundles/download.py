"""The one use of the network: fetching voice models, pinned to the byte.

A few plain requests instead of the hub's own client: that one no longer resumes a file that was
interrupted, asks further hosts, and sends the credentials of whoever runs it.
"""

from __future__ import annotations

import http
import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.errors import ModelDownloadFailed
from kiosk.speaker.bundles.manifest import MAX_FILE_BYTES, sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


HUB = "https://huggingface.co"
AGENT = "voice-kiosk"
TIMEOUT_S = 15.0
"""For each step of a connection, not for the whole download."""
_BLOCK = 1 << 16
_SMALL = 100_000
_NO_SUCH_RANGE = 416


@dataclass(frozen=True)
class HubModel:
    """A public model on the Hugging Face hub.

    Attributes:
        name: ``owner/name``.
        revision: full commit hash; branches and tags may move.
        licence: SPDX identifier.
        files: SHA-256 in hexadecimal digits of each file.
        sizes: bytes of the large ones, to show how far a download is.
    """

    name: str
    revision: str
    licence: str
    files: Mapping[str, str]
    sizes: Mapping[str, int]


VOXCELEB = HubModel(
    name="speechbrain/spkrec-ecapa-voxceleb",
    revision="0f99f2d0ebe89ac095bcc5903c4dd8f72b367286",
    licence="Apache-2.0",
    files={
        "hyperparams.yaml": "6f78854fa04ba59e761437b76a2575d3aba5e5016de3e9b69f0c9a5077fb1a41",
        "embedding_model.ckpt": "0575cb64845e6b9a10db9bcb74d5ac32b326b8dc90352671d345e2ee3d0126a2",
        "mean_var_norm_emb.ckpt": (
            "cd70225b05b37be64fc5a95e24395d804231d43f74b2e1e5a513db7b69b34c33"
        ),
        "classifier.ckpt": "fd9e3634fe68bd0a427c95e354c0c677374f62b3f434e45b78599950d860d535",
        "label_encoder.txt": "e13c3a167bb4112685670ee896d20e2b565af16b3a4ceeaa8689fa4d22adb8b9",
    },
    sizes={"embedding_model.ckpt": 83_316_686, "classifier.ckpt": 5_534_328},
)
"""ECAPA-TDNN trained on VoxCeleb 1 and 2, Apache-2.0."""


def fetch(
    model: HubModel, folder: Path, step: Callable[[float], None], *, endpoint: str = HUB
) -> None:
    """Download what is not there yet; an interrupted download goes on where it stopped.

    Args:
        model: what to fetch.
        folder: where to; kept after a failure, so that the next call can resume.
        step: called with the share done, in [0, 1].
        endpoint: address of the hub, ``https://...``. A mirror can do no harm: the hashes are ours.

    Raises:
        ModelDownloadFailed: it did not complete, or a file is not the expected one.
    """
    if not endpoint.startswith(("https://", "http://")):
        raise ModelDownloadFailed(f"{endpoint} is not the address of a hub.")
    total = sum(model.sizes.get(name, _SMALL) for name in model.files)
    done = 0
    try:
        # One by one: Python gives parents that it makes along the way the default mode.
        for each in (*reversed(folder.parents[:2]), folder):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, digest in model.files.items():
            before = done

            def report(size: int, before: int = before) -> None:
                step(min(1.0, (before + size) / total))

            url = f"{endpoint}/{model.name}/resolve/{model.revision}/{name}"
            fetch_file(url, digest, folder / name, report)
            done += model.sizes.get(name, _SMALL)
            step(min(1.0, done / total))
    # OSError covers what urllib raises, time-outs, TLS and the disk.
    except (OSError, http.client.HTTPException) as exc:
        reason = reason_of(exc)
        raise ModelDownloadFailed(f"{model.name} could not be downloaded: {reason}.") from exc


def open_url(url: str, start: int) -> http.client.HTTPResponse:
    """Ask for a file from a byte on.

    Raises:
        OSError, http.client.HTTPException: there is no such answer.
    """
    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    # The scheme was checked; urllib follows redirects to http and https only.
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    response: http.client.HTTPResponse
    response = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310
    return response


def fetch_file(
    url: str,
    digest: str,
    target: Path,
    report: Callable[[int], None],
) -> None:
    """Bring one file to its place once it is complete and has the expected hash.

    Args:
        url: where it lies.
        digest: SHA-256 in hexadecimal digits.
        target: where to; what has arrived of it waits beside it as ``NAME.part``.
        report: told how many bytes are there.

    Raises:
        ModelDownloadFailed: it is not the expected file.
        OSError, http.client.HTTPException: it did not arrive.
    """
    if target.exists():
        # Put there after its hash had been compared; that may have been days ago.
        if sha256_of(target) == digest:
            return
        target.unlink()
    part = target.with_name(f"{target.name}.part")
    if not (part.exists() and sha256_of(part) == digest):
        _append_rest(url, part, report)
        if sha256_of(part) != digest:
            part.unlink()  # nothing could be built upon it
            raise ModelDownloadFailed(f"What {url} holds is not the expected file.")
    part.rename(target)


def _append_rest(url: str, part: Path, report: Callable[[int], None]) -> None:
    """Ask for what is missing of a file and append it as it arrives."""
    have = part.stat().st_size if part.exists() else 0
    try:
        response = open_url(url, have)
    except urllib.error.HTTPError as exc:
        if have == 0 or exc.code != _NO_SUCH_RANGE:
            raise
        exc.close()
        have = 0  # what is there is longer than the file: begin again
        response = open_url(url, have)
    with response:
        if response.status != http.HTTPStatus.PARTIAL_CONTENT:
            have = 0  # the server sends the whole file
        length = response.headers.get("Content-Length")
        wanted = None if length is None else have + int(length)
        with part.open("ab" if have else "wb") as out:
            part.chmod(0o600)
            while block := response.read(_BLOCK):
                have += len(block)
                if have > MAX_FILE_BYTES:
                    raise ModelDownloadFailed(f"What {url} holds is too large.")
                out.write(block)
                report(have)
    if wanted is not None and have < wanted:
        raise ConnectionError("the connection ended early")


def reason_of(exc: Exception) -> str:
    """Return one short line that says what went wrong."""
    inner = exc.reason if isinstance(exc, urllib.error.URLError) else exc
    text = inner.strerror if isinstance(inner, OSError) and inner.strerror else str(inner)
    if isinstance(exc, urllib.error.HTTPError):
        text = f"the server answers {exc.code} ({exc.reason})"
    return (text.splitlines() or [type(exc).__name__])[0][:200]
