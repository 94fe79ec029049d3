"""The Debian package, made of something small in place of the frozen program."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "packaging/linux/deb/build.sh"

pytestmark = pytest.mark.skipif(
    shutil.which("dpkg-deb") is None or shutil.which("dpkg-shlibdeps") is None,
    reason="dpkg-dev is not installed",
)


def field(package: Path, name: str) -> str:
    return subprocess.run(
        ["dpkg-deb", "--field", str(package), name], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it, with ``true`` as the window and a script that knows its version as ``kiosk``."""
    folder = tmp_path_factory.mktemp("deb")
    program = folder / "voice-kiosk"
    (program / "_internal").mkdir(parents=True)
    true = shutil.which("true")
    assert true is not None
    shutil.copy(true, program / "voice-kiosk")
    shutil.copy(true, program / "_internal" / "libsomething.so")
    (program / "kiosk").write_text("#!/bin/sh\necho kiosk 3.2.1\n", encoding="utf-8")
    (program / "kiosk").chmod(0o755)
    done = subprocess.run(
        ["sh", str(BUILD), str(program), str(folder / "out")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "KIOSK_DEB_COMPRESSION": "none", "SOURCE_DATE_EPOCH": "1700000000"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    (made,) = (folder / "out").iterdir()
    return made


def test_its_name_and_version_are_the_programs(package: Path) -> None:
    assert package.name.startswith("voice-kiosk_3.2.1-1_")
    assert field(package, "Version") == "3.2.1-1"


def test_what_is_loaded_by_name_is_asked_for_beside_what_is_linked(package: Path) -> None:
    names = [each.split()[0] for each in field(package, "Depends").split(", ")]
    assert {"libc6", "adduser", "libportaudio2", "libegl1", "libxcb-cursor0"} <= set(names)
    assert "libasound2-plugins | pipewire-alsa" in field(package, "Depends")
    assert len(names) == len(set(names))
    assert "cage | xinit" in field(package, "Recommends")


def test_every_file_belongs_to_root_and_has_its_place(package: Path) -> None:
    listing = subprocess.run(
        ["dpkg-deb", "--contents", str(package)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    files = {line.split()[5].removeprefix("."): line.split()[:2] for line in listing}
    assert all(owner == "root/root" for _, owner in files.values())
    assert not [name for name, (mode, _) in files.items() if mode[0] == "-" and "w" in mode[4:]]
    assert files["/usr/bin/kiosk"][0].startswith("l")
    executable = {name for name, (mode, _) in files.items() if mode.startswith("-rwx")}
    assert executable == {
        "/usr/lib/voice-kiosk/kiosk",
        "/usr/lib/voice-kiosk/voice-kiosk",
        "/usr/libexec/voice-kiosk/appliance",
        "/usr/libexec/voice-kiosk/back-off",
        "/usr/sbin/voice-kiosk-admin",
    }
    assert {
        "/lib/systemd/system/voice-kiosk-appliance.service",
        "/lib/systemd/system/voice-kiosk-service.service",
        "/usr/share/applications/voice-kiosk.desktop",
        "/usr/share/icons/hicolor/scalable/apps/voice-kiosk.svg",
        "/usr/share/man/man1/kiosk.1.gz",
        "/usr/share/man/man8/voice-kiosk-admin.8.gz",
        "/usr/share/bash-completion/completions/kiosk",
        "/usr/share/doc/voice-kiosk/copyright",
        "/usr/share/doc/voice-kiosk/licenses/torch/LICENSE",
    } <= {name.replace("licenses-LICENSE", "LICENSE") for name in files}


def test_what_sites_change_is_kept_by_upgrades(package: Path) -> None:
    conffiles = subprocess.run(
        ["dpkg-deb", "--info", str(package), "conffiles"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert conffiles == [
        "/etc/default/voice-kiosk",
        "/etc/pam.d/voice-kiosk",
        "/etc/voice-kiosk/kiosk.toml",
    ]


def test_the_configuration_that_comes_with_it_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from kiosk.settings import load_settings

    before = load_settings()
    monkeypatch.setenv("KIOSK_SITE_CONFIG", str(ROOT / "packaging/linux/config/kiosk.toml"))
    assert load_settings() == before


def test_each_line_of_it_that_is_switched_on_is_a_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.settings import load_settings

    text = (ROOT / "packaging/linux/config/kiosk.toml").read_text("utf-8")
    switched_on = tmp_path / "kiosk.toml"
    switched_on.write_text(
        "\n".join(line.removeprefix("#") for line in text.splitlines() if line[:2] != "# "),
        encoding="utf-8",
    )
    monkeypatch.setenv("KIOSK_SITE_CONFIG", str(switched_on))
    settings = load_settings()
    assert (settings.language, settings.keys.place) == ("en", "credential")
