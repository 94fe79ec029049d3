"""The client examples, against a real service in a process of its own."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import soundfile

from kiosk.bench.api.server import served
from kiosk.demo import voices
from tests.support.browser import browser
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = Path(__file__).resolve().parents[2] / "packaging" / "clients"

pytestmark = [
    pytest.mark.skipif(not voices.available(), reason="flite is not installed"),
]


class Pages(SimpleHTTPRequestHandler):
    """Serves files without telling anybody."""

    def log_message(self, *arguments: Any) -> None:
        del arguments


@contextmanager
def pages() -> Iterator[str]:
    """Serve the folder of the page, and return its origin."""
    handler = functools.partial(Pages, directory=str(CLIENTS / "web"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(PATIENCE_S)


@dataclass(frozen=True)
class Place:
    """A running service, in which anna (the voice slt) is enrolled.

    Attributes:
        address: of the service.
        page: origin of the page that it lets in.
        folder: of the recordings.
    """

    address: str
    page: str
    folder: Path

    def recording(self, voice: str, number: int) -> Path:
        path = self.folder / f"{voice}-{number}.wav"
        if not path.exists():
            clip = voices.speak(voice, voices.SENTENCES[number])
            soundfile.write(path, clip.samples, clip.rate)
        return path

    def short(self) -> Path:
        path = self.folder / "short.wav"
        clip = voices.speak("slt", "Yes.")
        soundfile.write(path, clip.samples, clip.rate)
        return path

    def python(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return self._run(sys.executable, "-I", "-S", CLIENTS / "kiosk_client.py", *arguments)

    def curl(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        if shutil.which("curl") is None:
            pytest.skip("curl is not installed")
        return self._run("sh", CLIENTS / "kiosk-curl.sh", *arguments)

    def _run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            list(map(str, command)),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
            env={"PATH": os.environ["PATH"], "KIOSK_ADDRESS": self.address},
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("clients")
    with pages() as page:
        settings = {"KIOSK_API__CORS_ORIGINS": page}
        with served(folder / "data", settings) as address:
            place = Place(address, page, folder)
            done = place.python("enroll", "anna", place.recording("slt", 0))
            assert (done.returncode, done.stdout) == (0, "anna is enrolled.\n"), done.stderr
            yield place


# --- Python ----------------------------------------------------------------------------------


def test_python_verifies(place: Place) -> None:
    done = place.python("verify", "anna", place.recording("slt", 1))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("verified, score 0.")


def test_python_tells_another_voice(place: Place) -> None:
    done = place.python("verify", "anna", place.recording("rms", 1))
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("not verified, score ")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("verify", "anna", "short"), 3, "(400)"),
        (("verify", "nobody", "long"), 2, "(460)"),
        (("enroll", "anna", "long"), 2, "(409)"),
        (("verify", "an na", "long"), 2, "(400)"),
        (("verify", "anna", "missing"), 2, "No such file"),
        (("verify", "anna"), 2, "KIOSK_ADDRESS"),
    ],
)
def test_python_says_what_went_wrong(
    place: Place, arguments: tuple[str, ...], code: int, told: str
) -> None:
    files = {"short": place.short(), "long": place.recording("slt", 1)}
    done = place.python(*(files.get(each, each) for each in arguments))
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr


def test_python_says_when_nobody_answers(place: Place) -> None:
    gone = Place("http://127.0.0.1:9", place.page, place.folder)
    done = gone.python("verify", "anna", place.recording("slt", 1))
    assert (done.returncode, done.stdout) == (2, "")
    assert "http://127.0.0.1:9: " in done.stderr
    assert "refused" in done.stderr


# --- curl ------------------------------------------------------------------------------------


def test_curl_enrolls_and_verifies(place: Place) -> None:
    done = place.curl("enroll", 'r "o" b', place.recording("rms", 0))
    refused = done.returncode == 2 and done.stderr.startswith("400 ")
    assert refused, "an ID with a quotation mark is passed on as it is, and refused"
    done = place.curl("enroll", "rob", place.recording("rms", 0))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    done = place.curl("verify", "rob", place.recording("rms", 1))
    assert done.returncode == 0, done.stderr
    assert '"result":"True"' in done.stdout
    done = place.curl("verify", "rob", place.recording("slt", 1))
    assert done.returncode == 0, done.stderr
    assert '"result":"False"' in done.stdout


def test_curl_says_what_went_wrong(place: Place) -> None:
    done = place.curl("verify", "nobody", place.recording("slt", 1))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("460 ")
    assert place.curl("verify").returncode == 2


def test_curl_says_which_file_cannot_be_sent(place: Place) -> None:
    empty = place.folder / "empty.wav"
    empty.touch()
    nobody_there = Place("http://127.0.0.1:9", place.page, place.folder)
    for file, told in ((empty, "is empty"), (place.folder / "missing.wav", "no such file")):
        done = nobody_there.curl("verify", "anna", file)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"{file}: ")
        assert told in done.stderr


# --- the page --------------------------------------------------------------------------------


def outcome_of(place: Place, voice: str, origin: str | None = None) -> tuple[str, str]:
    """Speak into the page as a person would, and return what it shows."""
    with browser(place.recording(voice, 1)) as opened:
        opened.open(f"{origin or place.page}/index.html")
        opened.fill("address", place.address)
        opened.fill("id", "anna")
        opened.click("speak")
        settled = "!['', 'speaking', 'waiting'].includes(result.dataset.outcome ?? '')"
        opened.wait(f"{settled} && !speak.disabled")
        outcome, text = opened.run("return [result.dataset.outcome, result.textContent]")
        return str(outcome), str(text)


def test_the_page_verifies(place: Place) -> None:
    outcome, text = outcome_of(place, "slt")
    assert outcome == "verified", text
    assert text.startswith("Verified (score 0.")


def test_the_page_tells_another_voice(place: Place) -> None:
    outcome, text = outcome_of(place, "rms")
    assert outcome == "not-verified", text


def test_a_page_that_the_service_does_not_know_is_kept_out(place: Place) -> None:
    with pages() as other:
        outcome, text = outcome_of(place, "slt", origin=other)
    assert (outcome, "does not let this page in" in text) == ("error", True)
