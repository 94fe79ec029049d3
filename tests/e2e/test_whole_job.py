"""The program as a user starts it: real processes, a real window, real PortAudio."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_SCREENS = (
    "first-account",
    "first-pin",
    "welcome",
    "sign-in",
    "enroll-person",
    "enroll-consent",
    "enroll-voice",
    "enroll-check",
    "enroll-done",
    "people",
    "microphone",
    "activity",
    "preferences",
    "accounts",
    "privacy",
    "who-are-you",
    "speak",
    "verified",
    "not-verified",
    "could-not-tell",
    "welcome-dark",
    "welcome-contrast",
    "out-of-service",
)


def _kiosk(*arguments: str) -> subprocess.CompletedProcess[str]:
    # Without a display and without the tests' offscreen platform, as on a machine without a screen.
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.run(
        [sys.executable, "-m", "kiosk", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _size(picture: Path) -> tuple[int, int]:
    """Return width and height of a PNG file."""
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def test_two_people_are_enrolled_and_nobody_passes_for_another(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = _kiosk("demo", "--out", str(out), "--json")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["passed"] is True
    decisions = report["decisions"]
    assert [d["outcome"] for d in decisions].count("verified") == 2
    assert [d["outcome"] for d in decisions].count("not_verified") == 4
    for decision in decisions:
        accepted = decision["outcome"] == "verified"
        assert accepted == (decision["score"] >= decision["threshold"])
        assert accepted == (f"({decision['speaker']})" in decision["claimed"])
    assert [name[3:-4] for name in report["screenshots"]] == list(_SCREENS)
    for name in report["screenshots"]:
        assert _size(out / name) == (1280, 800)


def test_the_bench_measures_everything_in_one_run() -> None:
    done = _kiosk("bench", "--json", "--utterances", "4", "--starts", "1")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["encode"]["cosine"] == pytest.approx(1.0, abs=1e-4)
    assert figures["end_point_to_verdict"]["verdict"]["count"] == 4
    assert figures["end_point_to_verdict"]["inconclusive"] == 0
    # All of them on a machine that has nothing else to do.
    assert 0 <= figures["end_point_to_verdict"]["encoded_ahead"] <= 4
    assert figures["gui_gap"]["encodings"] > 0
    assert 0 < figures["startup"]["window_s"] < figures["startup"]["ready_s"]
