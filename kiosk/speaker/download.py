"""The one use of the network: fetching the VoxCeleb model of SpeechBrain, pinned to the byte."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kiosk.core.errors import ModelDownloadFailed
from kiosk.speaker.manifest import sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class HubModel:
    """A model on the Hugging Face hub.

    Attributes:
        name: ``owner/name``.
        revision: full commit hash; branches and tags may move.
        files: SHA-256 in hexadecimal digits of each file.
        sizes: roughly the bytes of the large ones, to show how far a download is.
    """

    name: str
    revision: str
    files: Mapping[str, str]
    sizes: Mapping[str, int]


VOXCELEB = HubModel(
    name="speechbrain/spkrec-ecapa-voxceleb",
    revision="0f99f2d0ebe89ac095bcc5903c4dd8f72b367286",
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
_SMALL = 100_000


def fetch(
    model: HubModel, folder: Path, step: Callable[[float], None], *, endpoint: str | None = None
) -> None:
    """Download what is not there yet; an interrupted download goes on where it stopped.

    Args:
        model: what to fetch.
        folder: where to; kept after a failure, so that the next call can resume.
        step: called with the share done, in [0, 1].
        endpoint: address of the hub; None for the public one, or ``HF_ENDPOINT`` of the
            environment.

    Raises:
        ModelDownloadFailed: it did not complete, or a file is not the expected one.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _quiet_hub():
            _require_hub(model, endpoint)
            done = 0
            for name in model.files:
                _fetch_file(model, name, folder, endpoint, _Share(model, step, done))
                _require_expected(model, name, folder / name)
                done += model.sizes.get(name, _SMALL)
    except ModelDownloadFailed:
        raise
    # The hub's client raises errors of its own, of its HTTP library and of the system; which of
    # them depends on its version. To the operator they are all the same.
    except Exception as exc:
        reason = str(exc.__cause__ or exc).splitlines()[:1]
        raise ModelDownloadFailed(
            f"{model.name} could not be downloaded: {(reason or ['no reason given'])[0][:200]}."
        ) from exc


def _require_expected(model: HubModel, name: str, path: Path) -> None:
    if sha256_of(path) != model.files[name]:
        path.unlink()  # or the next call would take it for complete
        raise ModelDownloadFailed(f"{name} of {model.name} is not the expected file.")


class _Share:
    """Turns the bytes of one file into the share of the whole download."""

    def __init__(self, model: HubModel, step: Callable[[float], None], before: int) -> None:
        self._total = sum(model.sizes.get(name, _SMALL) for name in model.files)
        self._step = step
        self._done = before

    def add(self, size: float) -> None:
        self._done += int(size)
        self._step(min(1.0, self._done / self._total))


def _require_hub(model: HubModel, endpoint: str | None) -> None:
    """Ask once for the smallest file: the client itself would retry for half a minute.

    Any answer will do here. Uses the client's own session, which knows proxies and certificates.
    """
    from huggingface_hub import get_session, hf_hub_url

    url = hf_hub_url(
        model.name, next(iter(model.files)), revision=model.revision, endpoint=endpoint
    )
    get_session().head(url, timeout=_TIMEOUT_S)


def _fetch_file(
    model: HubModel, name: str, folder: Path, endpoint: str | None, share: _Share
) -> None:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.utils import tqdm  # type: ignore[attr-defined]

    class Bar(tqdm):
        """Reports to the caller instead of drawing."""

        monitor_interval = 0  # or tqdm starts a thread that watches its bars for ever

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "disable": True})  # type: ignore[no-untyped-call]
            share.add(kwargs.get("initial") or 0)

        def update(self, n: float | None = 1) -> bool | None:
            share.add(n or 0)
            return None

    hf_hub_download(
        model.name,
        name,
        revision=model.revision,
        local_dir=folder,
        endpoint=endpoint,
        etag_timeout=_TIMEOUT_S,
        token=False,  # a public model: never send the credentials of whoever runs this
        tqdm_class=Bar,
    )


@contextmanager
def _quiet_hub() -> Iterator[None]:
    """Keep the client's own warnings away: the error that is raised says it in one line."""
    logger = logging.getLogger("huggingface_hub")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
