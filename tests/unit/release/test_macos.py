"""The recipe for macOS, as far as it can be looked at elsewhere."""

from __future__ import annotations

import plistlib
import re
import shutil
import subprocess
from typing import Any

import pytest

from releasing.version import ROOT
from releasing.version_resource import DESCRIPTIONS

FOLDER = ROOT / "packaging" / "macos"


def plist(name: str) -> dict[str, Any]:
    """Return a property list of the recipe."""
    read: dict[str, Any] = plistlib.loads((FOLDER / name).read_bytes())
    return read


def test_the_bundle_says_why_it_listens() -> None:
    information = plist("Info.plist")
    assert "voice" in information["NSMicrophoneUsageDescription"]
    assert information["CFBundleExecutable"] in DESCRIPTIONS
    # Without it, the bundle would be taken for its command line, which has no window.
    assert information["LSBackgroundOnly"] is False
    assert re.fullmatch(r"[\w.]+", information["CFBundleIdentifier"])


def test_the_version_of_the_bundle_is_that_of_the_program() -> None:
    assert not {key for key in plist("Info.plist") if "Version" in key} - {"LSMinimumSystemVersion"}
    spec = (ROOT / "packaging/pyinstaller/kiosk.spec").read_text(encoding="utf-8")
    assert "version=version()" in spec.partition("BUNDLE(")[2]
    assert "packaging" in spec
    assert "Info.plist" in spec


def test_it_may_hear_and_little_else() -> None:
    entitlements = plist("entitlements.plist")
    assert entitlements == {
        "com.apple.security.device.audio-input": True,
        "com.apple.security.cs.allow-unsigned-executable-memory": True,
    }


@pytest.mark.skipif(shutil.which("hdiutil") is not None, reason="this is a Mac")
def test_elsewhere_the_disk_image_is_refused_in_one_line() -> None:
    done = subprocess.run(
        ["sh", str(FOLDER / "dmg.sh")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "voice-kiosk: Disk images are made on macOS.\n"


def test_the_script_takes_what_is_there() -> None:
    script = (FOLDER / "dmg.sh").read_text(encoding="utf-8")
    for name in re.findall(r"\$here/([\w.]+)", script):
        assert (FOLDER / name).is_file(), name
    spec = (ROOT / "packaging/pyinstaller/kiosk.spec").read_text(encoding="utf-8")
    (bundle,) = re.findall(r'^app="dist/(.+)"$', script, re.MULTILINE)
    assert f'name="{bundle}"' in spec
