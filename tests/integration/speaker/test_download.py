"""The download, from a small hub on this machine that speaks the real one's protocol."""

from __future__ import annotations

import hashlib
import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import ModelDownloadFailed
from kiosk.speaker.bundles.bundle import Bundle
from kiosk.speaker.bundles.download import VOXCELEB, HubModel, fetch
from kiosk.speaker.shelf import FolderModelShelf
from tests.integration.speaker.support import BUILTIN, DIM, Steps, ids

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
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""
    resumes: bool = True
    elsewhere: str = ""

    @property
    def model(self) -> HubModel:
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}
        sizes = {name: len(data) for name, data in self.files.items()}
        return HubModel(NAME, REVISION, "Apache-2.0", hashes, sizes)

    def asked(self, name: str) -> list[str | None]:
        """Return the Range headers of the requests for one file."""
        return [extent for what, extent in self.requests if what == name]


def ignore(_share: float) -> None:
    """Take no notice of the progress."""


def handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            prefix = f"/{NAME}/resolve/{REVISION}/"
            name = self.path.removeprefix(prefix)
            extent = self.headers.get("Range")
            hub.requests.append((name, extent))
            if name == hub.elsewhere:
                self.refuse(302, ("Location", f"/cdn/{name}"))
                return
            data = hub.files.get(name.removeprefix("/cdn/"))
            match = re.fullmatch(r"bytes=(\d+)-", extent or "") if hub.resumes else None
            start = int(match[1]) if match else 0
            if data is None or start >= len(data):
                self.refuse(404 if data is None else 416)
                return
            self.send_response(206 if match else 200)
            self.send_header("Connection", "close")  # so that the server's threads end
            self.send_header("Content-Length", str(len(data) - start))
            if match:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.end_headers()
            stop = hub.break_off.pop(name, len(data))
            with suppress(ConnectionError):  # the client may have hung up
                self.wfile.write(data[start:stop])

        def refuse(self, code: int, *headers: tuple[str, str]) -> None:
            self.send_response(code)
            for header in (("Content-Length", "0"), ("Connection", "close"), *headers):
                self.send_header(*header)
            self.end_headers()

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
    assert ids(shelf.models()) == [*BUILTIN, card.model_id]
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


def test_copy_of_the_download_is_recognized_by_its_bytes(
    shelf: FolderModelShelf, model: Path
) -> None:
    card = shelf.install(str(model), Steps([]))
    assert card.licence == "Apache-2.0"
    assert Bundle.open(card.folder).manifest.source == f"{NAME} at {REVISION}"


def test_interrupted_download_is_resumed(hub: Hub, tmp_path: Path) -> None:
    name = "embedding_model.ckpt"
    shares: list[float] = []

    def interrupt(share: float) -> None:
        shares.append(share)
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(hub.model, tmp_path / "d", interrupt, endpoint=hub.address)
    assert hub.asked(name) == [None]
    fetch(hub.model, tmp_path / "d", shares.append, endpoint=hub.address)
    assert (tmp_path / "d" / name).read_bytes() == hub.files[name]
    (_, second) = hub.asked(name)
    assert second is not None
    assert int(second.removeprefix("bytes=").removesuffix("-")) > len(hub.files[name]) // 3
    assert shares[-1] == 1.0


def test_broken_connection_is_taken_up_again(hub: Hub, tmp_path: Path) -> None:
    name = "embedding_model.ckpt"
    half = len(hub.files[name]) // 2
    hub.break_off[name] = half
    with pytest.raises(ModelDownloadFailed, match="ended early"):
        fetch(hub.model, tmp_path / "d", ignore, endpoint=hub.address)
    assert not (tmp_path / "d" / name).exists()
    fetch(hub.model, tmp_path / "d", ignore, endpoint=hub.address)
    assert (tmp_path / "d" / name).read_bytes() == hub.files[name]
    assert hub.asked(name) == [None, f"bytes={half}-"]


@pytest.mark.parametrize("rest", [b"", b"more than the file holds"])
def test_what_is_left_of_an_earlier_try_does_no_harm(hub: Hub, tmp_path: Path, rest: bytes) -> None:
    name = "embedding_model.ckpt"
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / f"{name}.part").write_bytes(hub.files[name] + rest)
    fetch(hub.model, folder, ignore, endpoint=hub.address)
    assert (folder / name).read_bytes() == hub.files[name]
    assert len(hub.asked(name)) == (2 if rest else 0)


def test_wrong_beginning_is_thrown_away(hub: Hub, tmp_path: Path) -> None:
    name = "embedding_model.ckpt"
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / f"{name}.part").write_bytes(b"not how it begins")
    with pytest.raises(ModelDownloadFailed, match="not the expected file"):
        fetch(hub.model, folder, ignore, endpoint=hub.address)
    fetch(hub.model, folder, ignore, endpoint=hub.address)
    assert (folder / name).read_bytes() == hub.files[name]


def test_server_that_cannot_resume_sends_the_whole_file(hub: Hub, tmp_path: Path) -> None:
    hub.resumes = False
    name = "embedding_model.ckpt"
    hub.break_off[name] = 1000
    with pytest.raises(ModelDownloadFailed):
        fetch(hub.model, tmp_path / "d", ignore, endpoint=hub.address)
    fetch(hub.model, tmp_path / "d", ignore, endpoint=hub.address)
    assert (tmp_path / "d" / name).read_bytes() == hub.files[name]


def test_redirections_are_followed(hub: Hub, tmp_path: Path) -> None:
    # As the real hub does for large files.
    hub.elsewhere = "embedding_model.ckpt"
    fetch(hub.model, tmp_path / "d", ignore, endpoint=hub.address)
    assert len(list((tmp_path / "d").iterdir())) == len(hub.files)


def test_folders_on_the_way_are_private(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "models" / ".download-1" / "model"
    fetch(hub.model, folder, ignore, endpoint=hub.address)
    for each in (folder, *folder.parents[:2]):
        assert each.stat().st_mode & 0o777 == 0o700


def test_what_has_arrived_is_kept_for_the_next_call(hub: Hub, tmp_path: Path) -> None:
    name = "mean_var_norm_emb.ckpt"
    missing = hub.files.pop(name)
    model = replace(
        hub.model,
        files={**hub.model.files, name: hashlib.sha256(missing).hexdigest()},
    )
    with pytest.raises(ModelDownloadFailed):
        fetch(model, tmp_path / "d", ignore, endpoint=hub.address)
    hub.files[name] = missing
    hub.requests.clear()
    fetch(model, tmp_path / "d", ignore, endpoint=hub.address)
    assert hub.asked("embedding_model.ckpt") == []
    assert hub.asked(name) == [None]


def test_other_content_than_expected_is_refused(
    shelf: FolderModelShelf, hub: Hub, user_folder: Path
) -> None:
    honest = hub.files["embedding_model.ckpt"]
    hub.files["embedding_model.ckpt"] = honest[:-1] + bytes([honest[-1] ^ 1])
    with pytest.raises(ModelDownloadFailed, match="not the expected file"):
        shelf.install(NAME, Steps([]))
    assert ids(shelf.models()) == BUILTIN
    hub.files["embedding_model.ckpt"] = honest
    assert shelf.install(NAME, Steps([])).dim == DIM


def test_hub_that_is_gone_fails_in_one_line(hub: Hub, tmp_path: Path) -> None:
    # Port 1 of this machine: refused at once.
    with pytest.raises(ModelDownloadFailed) as caught:
        fetch(hub.model, tmp_path / "d", ignore, endpoint="http://127.0.0.1:1")
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
    assert ids(shelf.models()) == BUILTIN


def test_pins_are_complete() -> None:
    assert re.fullmatch(r"[0-9a-f]{40}", VOXCELEB.revision)
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in VOXCELEB.files.values())
    assert {"hyperparams.yaml", "embedding_model.ckpt"} <= set(VOXCELEB.files)
    assert set(VOXCELEB.sizes) <= set(VOXCELEB.files)


def test_what_was_damaged_after_it_had_arrived_is_fetched_again(hub: Hub, tmp_path: Path) -> None:
    name = "embedding_model.ckpt"
    fetch(hub.model, tmp_path / "d", lambda _: None, endpoint=hub.address)
    (tmp_path / "d" / name).write_bytes(b"x" * len(hub.files[name]))
    hub.requests.clear()
    fetch(hub.model, tmp_path / "d", lambda _: None, endpoint=hub.address)
    assert (tmp_path / "d" / name).read_bytes() == hub.files[name]
    assert [asked for asked, _ in hub.requests] == [name]
