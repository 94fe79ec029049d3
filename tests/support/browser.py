"""A headless Chromium whose microphone is a file, driven by the WebDriver protocol."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_STARTED = re.compile(r"started successfully on port (\d+)")
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of a reference to an element


class Browser:
    """One session; see https://www.w3.org/TR/webdriver2/.

    Args:
        driver: address of chromedriver.
        options: Chromium's arguments.
    """

    def __init__(self, driver: str, options: list[str]) -> None:
        self._driver = driver
        capabilities = {"goog:chromeOptions": {"args": options}}
        self._session = ""
        made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self._session = f"/session/{made['sessionId']}"

    def open(self, address: str) -> None:
        self._call("POST", "/url", {"url": address})

    def fill(self, element: str, text: str) -> None:
        """Put a text into the input with this ID."""
        self.run("document.getElementById(arguments[0]).value = arguments[1]", element, text)

    def click(self, element: str) -> None:
        found = self._call("POST", "/element", {"using": "css selector", "value": f"#{element}"})
        self._call("POST", f"/element/{found[_ELEMENT]}/click", {})

    def wait(self, condition: str, seconds: float = 60.0) -> Any:
        """Wait until an expression of JavaScript is true, and return its value."""
        script = """
        const [condition, milliseconds, done] = arguments;
        const holds = new Function("return " + condition);
        const until = performance.now() + milliseconds;
        const look = () => {
          const value = holds();
          if (value || performance.now() > until) { done(value); }
          else { requestAnimationFrame(look); }
        };
        look();
        """
        self._call("POST", "/timeouts", {"script": round((seconds + 10) * 1000)})
        body = {"script": script, "args": [condition, round(seconds * 1000)]}
        value = self._call("POST", "/execute/async", body)
        assert value, f"not within {seconds:g} s: {condition}"
        return value

    def run(self, script: str, *arguments: str) -> Any:
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def close(self) -> None:
        self._call("DELETE", "", None)

    def _call(self, method: str, path: str, body: object) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(
            self._driver + self._session + path,
            data=data,
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with urlopen(request, timeout=PATIENCE_S) as answer:
            return json.load(answer)["value"]


@contextmanager
def browser(microphone: Path) -> Iterator[Browser]:
    """Start a browser; skips where Chromium and its driver are not installed.

    Args:
        microphone: the WAV file that it hears.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("chromium and chromium-driver are not installed")
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            assert process.stdout is not None
            port = next(match[1] for line in process.stdout if (match := _STARTED.search(line)))
            opened = Browser(
                f"http://127.0.0.1:{port}",
                [
                    "--headless=new",
                    "--no-sandbox",  # tests may run as root, where Chromium's sandbox cannot
                    "--disable-gpu",
                    "--disable-dev-shm-usage",
                    "--use-fake-ui-for-media-stream",
                    "--use-fake-device-for-media-stream",
                    f"--use-file-for-fake-audio-capture={microphone}",
                    f"--user-data-dir={profile}",
                ],
            )
            try:
                yield opened
            finally:
                opened.close()
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE_S)
