"""The recipe for Windows, as far as it can be looked at elsewhere."""

from __future__ import annotations

import ast
import re
import xml.etree.ElementTree as ET
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest

from releasing.version import ROOT, numbers, version
from releasing.version_resource import DESCRIPTIONS, text, written

FOLDER = ROOT / "packaging" / "windows"
SCRIPT = (FOLDER / "kiosk.iss").read_text(encoding="utf-8")
CODE = SCRIPT.partition("[Code]")[2]
DEFINED = dict(re.findall(r'^#define (\w+) "([^"]*)"$', SCRIPT, re.MULTILINE))
LAUNCHER = "{http://schemas.microsoft.com/ShellLauncher/2018/Configuration}"


def expanded(value: str) -> str:
    """Return a value with what the preprocessor puts into it."""
    return re.sub(r"\{#(\w+)\}", lambda match: DEFINED.get(match[1], match[0]), value)


def section(name: str) -> list[str]:
    """Return the entries of a section."""
    found = re.search(rf"^\[{name}\]\n(.*?)(?=^\[|\Z)", SCRIPT, re.MULTILINE | re.DOTALL)
    assert found, name
    lines = (line.strip() for line in found[1].splitlines())
    return [line for line in lines if line and not line.startswith((";", "#"))]


SETUP = dict(line.split("=", 1) for line in section("Setup"))


def entries(name: str) -> list[dict[str, str]]:
    """Return the parameters of each entry of a section."""
    pair = re.compile(r'(\w+): (?:"([^"]*)"|([^;]*))(?:; |$)')
    return [
        {key: expanded(quoted or plain) for key, quoted, plain in pair.findall(line)}
        for line in section(name)
    ]


def test_every_file_that_it_takes_is_there_or_is_built() -> None:
    built = "dist/voice-kiosk/*"
    for entry in entries("Files"):
        source = PureWindowsPath(entry["Source"]).as_posix().removeprefix("../../")
        inside = FOLDER / source if "/" not in entry["Source"].replace("\\", "/") else ROOT / source
        assert source == built or inside.is_file(), source
        assert "ignoreversion" in entry["Flags"]
    assert any(built in PureWindowsPath(e["Source"]).as_posix() for e in entries("Files"))
    assert (FOLDER / SETUP["SetupIconFile"]).is_file()
    assert (FOLDER / expanded(SETUP["LicenseFile"]).replace("\\", "/")).resolve().is_file()


def test_the_programs_that_it_names_are_those_that_are_frozen() -> None:
    named = {PureWindowsPath(DEFINED[key]).stem for key in ("Window", "CommandLine")}
    assert named == set(DESCRIPTIONS)
    for entry in entries("Icons") + entries("Run"):
        assert PureWindowsPath(entry["Filename"]).stem in DESCRIPTIONS


def test_it_installs_for_the_machine_and_upgrades_in_place() -> None:
    assert SETUP["PrivilegesRequired"] == "admin"
    assert SETUP["DefaultDirName"].startswith("{autopf}")
    assert SETUP["ArchitecturesInstallIn64BitMode"] == "x64compatible"
    # By this it finds what is installed. It never changes again.
    assert SETUP["AppId"] == "{{7C0E3B0A-5D4F-4C7E-9E0B-1F3A6B8D2C41}"
    assert SETUP["AppId"].removeprefix("{{").removesuffix("}") in CODE
    (removed,) = entries("InstallDelete")
    assert removed["Name"] == r"{app}\_internal"  # what the former version had, and nothing else


def test_the_version_is_given_by_whoever_builds_it() -> None:
    assert SETUP["AppVersion"] == "{#AppVersion}"
    assert SETUP["VersionInfoVersion"] == "{#AppNumbers}"
    script = (FOLDER / "build.ps1").read_text(encoding="utf-8")
    for name in ("AppVersion", "AppNumbers"):
        assert f"#ifndef {name}\n  #error" in SCRIPT
        assert f"/D{name}=$" in script
    assert f"{SETUP['OutputBaseFilename'].replace('{#AppVersion}', '$version')}.exe" in script


def test_the_microphone_is_looked_at_where_the_program_looks() -> None:
    from kiosk.cli.diagnosis import permission

    for _, key, _ in permission._SWITCHES:
        assert f"'{key}'" in CODE or "Consent + '\\NonPackaged'" in CODE
    assert permission._STORE in CODE
    assert permission._POLICY in CODE
    assert "ms-settings:privacy-microphone" in CODE


def test_its_functions_begin_and_end() -> None:
    code = re.sub(r"\{[^}]*\}|'[^']*'", "", CODE)
    words = re.findall(r"\b(?:begin|end|case|try)\b", code)
    assert words.count("end") == len(words) - words.count("end") > 5
    assert CODE.count("(") == CODE.count(")")


class Built:
    """Stands in for the classes of PyInstaller, which exist on Windows only."""

    def __init__(self, *args: Any, **named: Any) -> None:
        self.args, self.named = args, named


@pytest.mark.parametrize("program", sorted(DESCRIPTIONS))
def test_version_resource(program: str) -> None:
    names = {node.id for node in ast.walk(ast.parse(text(program))) if isinstance(node, ast.Name)}
    resource = eval(text(program), dict.fromkeys(names, Built))
    assert resource.named["ffi"].named["filevers"] == numbers(version())
    table = resource.named["kids"][0].args[0][0]
    strings = dict(each.args for each in table.args[1])
    assert strings["ProductVersion"] == strings["FileVersion"] == version()
    assert strings["OriginalFilename"] == f"{program}.exe"
    assert strings["FileDescription"] == DESCRIPTIONS[program]
    assert names == {
        *("VSVersionInfo", "FixedFileInfo", "StringFileInfo", "StringTable", "StringStruct"),
        *("VarFileInfo", "VarStruct"),
    }


def test_version_resource_is_written_for_the_build(tmp_path: Path) -> None:
    file = Path(written("kiosk", str(tmp_path)))
    assert file.parent == tmp_path
    assert file.read_text(encoding="utf-8") == text("kiosk")


def test_the_shell_of_an_appliance_is_the_program_in_full_screen() -> None:
    root = ET.parse(FOLDER / "shell-launcher.xml").getroot()
    (profile,) = root.iter(f"{LAUNCHER}Profiles")
    (shell,) = profile.findall(f"{LAUNCHER}Profile/{LAUNCHER}Shell")
    command = shell.attrib["Shell"]
    assert command.startswith(f'"%ProgramFiles%\\{DEFINED["AppName"]}\\{DEFINED["Window"]}"')
    assert command.endswith(" --full-screen")
    (action,) = shell.iter(f"{LAUNCHER}DefaultAction")
    assert action.attrib["Action"] == "RestartShell"
    used = {each.attrib["ID"] for each in root.iter(f"{LAUNCHER}Profile")}
    assert len(used) == 1
