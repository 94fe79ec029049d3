"""The list of what is in the program: all that runs, nothing of a developer's, our resources."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from releasing.needed import PROGRAM, asked_for, needed, normal
from releasing.sbom import interpreters, resources, runtime, with_parts
from releasing.version import ROOT


def environment(**needs: list[str]) -> dict[str, Any]:
    """Return what the tool says of an environment with these packages."""
    return {
        "bomFormat": "CycloneDX",
        "metadata": {"component": {"bom-ref": "root", "name": "voice-kiosk"}},
        "components": [
            {"bom-ref": f"{name}==1", "name": name, "version": "1", "type": "library"}
            for name in needs
        ],
        "dependencies": [
            {"ref": "root", "dependsOn": [f"{name}==1" for name in needs]},
            *({"ref": f"{name}==1", "dependsOn": below} for name, below in needs.items()),
        ],
    }


@pytest.fixture(scope="module")
def here() -> dict[str, list[str]]:
    """Return what the program needs of the packages that the tests run with."""
    return needed(asked_for())


def test_everything_that_the_program_asks_for_is_needed(here: dict[str, list[str]]) -> None:
    assert here[PROGRAM] == sorted(here[PROGRAM])
    assert {"torch", "speechbrain", "pyside6-essentials", "psycopg", "redis"} <= set(here[PROGRAM])
    # What is needed by what is needed, under the name by which it is compared.
    assert {"shiboken6", "ruamel-yaml", "psycopg-binary", "markupsafe"} <= set(here)
    for name, below in here.items():
        assert set(below) <= set(here), name


def test_nothing_of_a_developers_is_needed(here: dict[str, list[str]]) -> None:
    # Several packages name it for an extra of theirs.
    assert {"pytest", "mypy", "ruff", "hypothesis", "coverage", "pip"} & set(here) == set()


def test_a_package_that_is_missing_is_told() -> None:
    with pytest.raises(LookupError, match="surely-not-there"):
        needed(["surely-not-there>=1"])


def test_a_package_for_another_system_is_not_needed() -> None:
    assert needed(["surely-not-there; sys_platform == 'vms'"]) == {PROGRAM: []}


def test_the_list_is_cut_to_what_is_needed() -> None:
    whole = environment(Torch=["Sym_Py==1", "pytest==1"], Sym_Py=[], pytest=["Torch==1"])
    cut = runtime(whole, {PROGRAM: ["torch"], "torch": ["sym-py"], "sym-py": []})
    assert [each["name"] for each in cut["components"]] == ["Torch", "Sym_Py"]
    assert cut["dependencies"] == [
        {"ref": "root", "dependsOn": ["Torch==1"]},
        {"ref": "Torch==1", "dependsOn": ["Sym_Py==1"]},
        {"ref": "Sym_Py==1"},
    ]
    assert len(whole["components"]) == 3


def test_what_is_needed_but_not_listed_is_no_list() -> None:
    with pytest.raises(ValueError, match="torch"):
        runtime(environment(numpy=[]), {PROGRAM: ["torch"], "torch": []})


def test_every_folder_of_resources_is_listed_with_its_files() -> None:
    parts = resources()
    listed = {file["name"] for part in parts for file in part["components"]}
    there = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "resources").rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    assert there - listed == {"resources/api-docs/README.md"}  # says what lies beside it
    for part in parts:
        for file in part["components"]:
            content = (ROOT / file["name"]).read_bytes()
            assert file["hashes"][0]["content"] == hashlib.sha256(content).hexdigest()


def test_the_voice_models_have_their_figures() -> None:
    models = [each for each in resources() if each["type"] == "machine-learning-model"]
    for model, folder in zip(models, ("campplus", "ecapa-kiosk"), strict=True):
        file = ROOT / "resources" / "models" / folder / "manifest.json"
        manifest = json.loads(file.read_text(encoding="utf-8"))
        assert model["name"] == manifest["model_id"]
        assert model["hashes"][0]["content"] == manifest["files"]["embedding_model.ckpt"]
        (limit,) = model["modelCard"]["considerations"]["technicalLimitations"]
        assert str(manifest["threshold"]["value"]) in limit


def test_libraries_of_the_api_pages_are_those_of_npm() -> None:
    purls = [part["purl"] for part in resources() if "purl" in part]
    assert [purl.partition("@")[0] for purl in purls] == [
        "pkg:npm/swagger-ui-dist",
        "pkg:npm/redoc",
    ]


def test_parts_belong_to_the_program() -> None:
    whole = environment(PySide6_Essentials=[], pyinstaller=[])
    parts = interpreters(whole, "3.11.9")
    assert [(part["name"], part["version"]) for part in parts] == [
        ("cpython", "3.11.9"),
        ("qt", "1"),
        ("pyinstaller-bootloader", "1"),
    ]
    cut = runtime(whole, {PROGRAM: []})
    bom = with_parts(cut, parts)
    refs = [part["bom-ref"] for part in parts]
    assert bom["dependencies"][0] == {"ref": "root", "dependsOn": refs}
    assert {each["bom-ref"] for each in bom["components"]} == set(refs)
    assert normal("Ruamel.YAML_clib") == "ruamel-yaml-clib"
