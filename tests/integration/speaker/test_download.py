"""The download, from a small hub on this machine that speaks the real one's protocol."""

from __future__ import annotations

import hashlib
import re
import threading
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import ModelDownloadFailed
from kiosk.speaker.download import VOXCELEB, HubModel, fetch
from kiosk.speaker.shelf import FolderModelShelf
from tests.integration.speaker.support import DIM, Steps, ids

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REVISION = "1" * 40
NAME = "owner/small-voxceleb"


@dataclass
class Hub:
    """What the hub holds, how it misbehaves, and what it was asked for."""

    files: dict[str, bytes]
    break_off: dict[str, int] = field(default_factory=dict)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    address: str = ""

    @property
    def model(self) -> HubModel:
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}
        sizes = {name: len(data) for name, data in self.files.items()}
        return HubModel(NAME, REVISION, hashes, sizes)

    def asked(self, method: str, name: str) -> list[str | None]:
        """Return the Range headers of the requests for one file."""
        return [extent for how, what, extent in self.requests if (how, what) == (method, name)]


def handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, *, with_body: bool) -> None:
            prefix = f"/{NAME}/resolve/{REVISION}/"
            name = self.path.removeprefix(prefix)
            extent = self.headers.get("Range")
            hub.requests.append((self.command, name, extent))
            data = hub.files.get(name) if self.path.startswith(prefix) else None
            if data is None:
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            match = re.fullmatch(r"bytes=(\d+)-", extent or "")
            start = int(match[1]) if match else 0
            self.send_response(206 if match else 200)
            self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
            self.send_header("X-Repo-Commit", REVISION)
            self.send_header("Connection", "close")  # so that the server's threads end
            self.send_header("Content-Length", str(len(data) - start))
            if match:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.end_headers()
            if with_body:
                stop = hub.break_off.pop(name, len(data))
                self.wfile.write(data[start:stop])
                self.close_connection = stop < len(data)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def hub(pristine_model: Path) -> Iterator[Hub]:
    hub = Hub({path.name: path.read_bytes() for path in pristine_model.iterdir()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(hub))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="hub")
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    yield hub
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def shelf(builtin_folder: Path, user_folder: Path, hub: Hub) -> FolderModelShelf:
    return FolderModelShelf(
        builtin_folder, user_folder, threads=1, hub_model=hub.model, hub_endpoint=hub.address
    )


def test_downloads_and_installs(shelf: FolderModelShelf, hub: Hub, user_folder: Path) -> None:
    steps = Steps([])
    card = shelf.install(NAME, steps)
    assert card.model_id.startswith("small-voxceleb-")
    assert (card.dim, card.normalize, card.threshold, card.licence) == (
        DIM,
        False,
        0.25,
        "Apache-2.0",
    )
    assert steps.last == ("Installed", 1.0)
    assert steps.shares == sorted(steps.shares)
    assert len({share for phrase, share in steps.said if phrase == "Downloading"}) >= 5
    assert ids(shelf.models()) == ["ecapa-kiosk-0", card.model_id]
    # What was only needed on the way is gone.
    assert [path.name for path in user_folder.iterdir()] == [card.model_id]


def test_nothing_is_downloaded_twice(shelf: FolderModelShelf, hub: Hub) -> None:
    card = shelf.install(NAME, Steps([]))
    hub.requests.clear()
    steps = Steps([])
    assert shelf.install(NAME, steps) == card
    assert steps.last == ("Already installed", 1.0)
    assert hub.requests == []


def test_download_and_folder_give_the_same_model(shelf: FolderModelShelf, model: Path) -> None:
    steps = Steps([])
    card = shelf.install(NAME, steps)
    assert shelf.install(str(model), steps) == card
    assert steps.last == ("Already installed", 1.0)


def test_interrupted_download_is_resumed(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The client writes in pieces of this size; the real one would swallow the whole small file.
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 4096)
    name = "embedding_model.ckpt"
    shares: list[float] = []

    def interrupt(share: float) -> None:
        shares.append(share)
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(hub.model, tmp_path / "d", interrupt, endpoint=hub.address)
    assert hub.asked("GET", name) == [None]
    fetch(hub.model, tmp_path / "d", shares.append, endpoint=hub.address)
    assert (tmp_path / "d" / name).read_bytes() == hub.files[name]
    (_, second) = hub.asked("GET", name)
    assert second is not None
    assert int(second.removeprefix("bytes=").removesuffix("-")) > len(hub.files[name]) // 3
    assert shares[-1] == 1.0


def test_broken_connection_is_taken_up_again(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 4096)
    name = "embedding_model.ckpt"
    hub.break_off[name] = len(hub.files[name]) // 2
    fetch(hub.model, tmp_path / "d", lambda _share: None, endpoint=hub.address)
    assert (tmp_path / "d" / name).read_bytes() == hub.files[name]
    assert len(hub.asked("GET", name)) == 2


def test_what_has_arrived_is_kept_for_the_next_call(hub: Hub, tmp_path: Path) -> None:
    name = "mean_var_norm_emb.ckpt"
    missing = hub.files.pop(name)
    model = replace(
        hub.model,
        files={**hub.model.files, name: hashlib.sha256(missing).hexdigest()},
    )
    with pytest.raises(ModelDownloadFailed):
        fetch(model, tmp_path / "d", lambda _share: None, endpoint=hub.address)
    hub.files[name] = missing
    hub.requests.clear()
    fetch(model, tmp_path / "d", lambda _share: None, endpoint=hub.address)
    assert hub.asked("GET", "embedding_model.ckpt") == []
    assert hub.asked("GET", name) == [None]


def test_other_content_than_expected_is_refused(
    shelf: FolderModelShelf, hub: Hub, user_folder: Path
) -> None:
    honest = hub.files["embedding_model.ckpt"]
    hub.files["embedding_model.ckpt"] = honest[:-1] + bytes([honest[-1] ^ 1])
    with pytest.raises(ModelDownloadFailed, match="not the expected file"):
        shelf.install(NAME, Steps([]))
    assert ids(shelf.models()) == ["ecapa-kiosk-0"]
    hub.files["embedding_model.ckpt"] = honest
    assert shelf.install(NAME, Steps([])).dim == DIM


def test_no_credentials_are_sent(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    seen: list[str | None] = []
    original = BaseHTTPRequestHandler.send_response

    def spy(self: BaseHTTPRequestHandler, code: int, message: str | None = None) -> None:
        seen.append(self.headers.get("Authorization"))
        original(self, code, message)

    monkeypatch.setattr(BaseHTTPRequestHandler, "send_response", spy)
    fetch(hub.model, tmp_path / "d", lambda _share: None, endpoint=hub.address)
    assert seen
    assert set(seen) == {None}


def test_hub_that_is_gone_fails_in_one_line(hub: Hub, tmp_path: Path) -> None:
    # Port 1 of this machine: refused at once.
    with pytest.raises(ModelDownloadFailed) as caught:
        fetch(hub.model, tmp_path / "d", lambda _share: None, endpoint="http://127.0.0.1:1")
    assert "\n" not in str(caught.value)
    assert NAME in caught.value.message
    assert "run the same command again" in caught.value.hint


@pytest.mark.network
def test_unreachable_network_fails_in_one_line(
    builtin_folder: Path, user_folder: Path, no_network: list[str]
) -> None:
    shelf = FolderModelShelf(builtin_folder, user_folder)
    with pytest.raises(ModelDownloadFailed) as caught:
        shelf.install(VOXCELEB.name, Steps([]))
    assert "\n" not in str(caught.value)
    assert "speechbrain/spkrec-ecapa-voxceleb could not be downloaded" in caught.value.message
    # One attempt, not one for each file nor a series of retries.
    assert len(no_network) == 1
    assert ids(shelf.models()) == ["ecapa-kiosk-0"]


def test_pins_are_complete() -> None:
    assert re.fullmatch(r"[0-9a-f]{40}", VOXCELEB.revision)
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in VOXCELEB.files.values())
    assert {"hyperparams.yaml", "embedding_model.ckpt"} <= set(VOXCELEB.files)
    assert set(VOXCELEB.sizes) <= set(VOXCELEB.files)
