"""``kiosk serve`` as a process of its own, beside the desktop on the same people."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from kiosk.bootstrap import build
from kiosk.settings import load_settings
from tests.api.support import CHUNK, base64_of, enroll, spoken, voice_file
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Service:
    """A running service."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address

    def __call__(self, method: str, route: str, body: object = None) -> tuple[int, Any]:
        """Send a request; return the status and what the JSON of the answer says."""
        request = urllib.request.Request(
            self.address + route,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, content = error.code, error.read()
        return status, json.loads(content) if content else None

    def stream_with(self, data: bytes) -> str:
        """Upload a recording and return its stream."""
        stream = str(self("POST", "/start_stream")[1]["uuid"])
        for start in range(0, len(data), CHUNK):
            body = {"data": base64_of(data[start : start + CHUNK])}
            assert self("POST", f"/upload_stream_data/{stream}", body) == (200, None)
        return stream

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal; return the exit code and stderr."""
        self.process.send_signal(number)
        _, stderr = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, stderr


@contextmanager
def kiosk_serve(*arguments: str) -> Iterator[Service]:
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            pytest.fail(f"it did not start: {process.communicate(timeout=PATIENCE_S)[1]}")
        words = line.split()
        assert words[:2] == ["Listening", "on"]
        yield Service(process, words[2].rstrip(";"))
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=PATIENCE_S)


def refused(*arguments: str) -> str:
    """Return what a service that must not start says."""
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "serve", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, ""), done
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_unit_hears_when_it_answers_that_it_is_alive_and_that_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(PATIENCE_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        with kiosk_serve() as service:
            heard = systemd.recv(4096)
            assert heard == f"READY=1\nSTATUS=Listening on {service.address}".encode()
            assert service("GET", "/v1/health")[0] == 200
            for _ in range(3):
                assert systemd.recv(4096) == b"WATCHDOG=1"
            code, _ = service.end(signal.SIGTERM)
        while (heard := systemd.recv(4096)) == b"WATCHDOG=1":
            pass
    assert (code, heard) == (143, b"STOPPING=1")


def test_desktop_and_service_know_the_same_people(data_dir: Path) -> None:
    with build(load_settings(data_dir)) as desktop, kiosk_serve() as service:
        desktop.startup.run(until="model")
        # Enrolled on the desktop, verified over HTTP.
        enroll(desktop, "anna", "slt", takes=3)
        for voice, result in (("slt", "True"), ("rms", "False")):
            claim = {"uuid": service.stream_with(voice_file(voice, 3)), "external_id": "anna"}
            status, decision = service("POST", "/vv/verify", claim)
            assert (status, decision["result"]) == (200, result)
            assert desktop.people.attempts("anna")[0].score == decision["score"]
        # Enrolled over HTTP, verified on the desktop.
        claim = {"uuid": service.stream_with(voice_file("rms", 0)), "external_id": "rob"}
        assert service("POST", "/vv/enroll", claim) == (200, None)
        for voice, name in (("rms", "verified"), ("slt", "not_verified")):
            speech = desktop.recordings.speech_of(spoken(voice, 4))
            assert desktop.verify("rob", speech).name == name
        assert service("GET", "/vv/list_enrollments") == (200, {"ids": ["anna", "rob"]})
        # Both hear the same, to the last bit that floating point keeps.
        speech = desktop.recordings.speech_of(spoken("slt", 5))
        on_desktop = desktop.verify("anna", speech)
        claim = {"uuid": service.stream_with(voice_file("slt", 5)), "external_id": "anna"}
        assert service("POST", "/vv/verify", claim)[1]["score"] == pytest.approx(
            on_desktop.score, abs=1e-5
        )
        desktop.people.remove("anna")
        assert service("POST", "/vv/verify", claim)[0] == 460
        code, stderr = service.end(signal.SIGTERM)
    assert (code, "Traceback" in stderr) == (143, False), stderr
    logs = {path.name.partition("-")[0] for path in (data_dir / "logs").iterdir()}
    assert {"request", "system", "activity"} <= logs


def test_an_interrupt_ends_it_in_order(data_dir: Path) -> None:
    with kiosk_serve("--seed-compat") as service:
        assert service("GET", "/v1/ready")[0] == 200
        port = int(service.address.rpartition(":")[2])
        assert "another program uses it" in refused("--port", str(port))
        code, stderr = service.end(signal.SIGINT)
        assert (code, stderr.splitlines()[-1]) == (130, "kiosk: RUN-001 Interrupted.")
        assert "Traceback" not in stderr
    with socket.socket() as left:  # the port is free again
        left.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        left.bind(("127.0.0.1", port))
    system = "".join(path.read_text() for path in (data_dir / "logs").glob("system*"))
    assert "CRITICAL" not in system
    assert "ERROR" not in system


def test_what_cannot_be_served_is_told_before_anything_is_loaded() -> None:
    assert "there is no API key" in refused("--host", "0.0.0.0")
    assert "TLS" in refused("--tls-certificate", "missing.pem")
