"""The list of what is in the program (CycloneDX 1.6): packages, interpreter, our own resources.

``python -m releasing.sbom ENVIRONMENT NEEDED OUT`` makes it of what ``cyclonedx-py environment``
and ``releasing.needed`` say of a virtual environment; ``packaging/release/sbom.sh`` does all of it.
Left out is what only developers need; added is what no package manager knows: Python and Qt
themselves, PyInstaller's start of the programs, and everything in ``resources``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
from pathlib import Path
from typing import Any

from releasing.version import ROOT

Json = dict[str, Any]

_API_DOCS_ROW = re.compile(
    r"^\| (?P<folder>[\w-]+) \| (?P<npm>[\w-]+) \| (?P<version>\S+) \| (?P<licence>\S+) \|$"
)
_OWN_LICENCE = "Apache-2.0"


def normal(name: str) -> str:
    """Return the name of a Python package as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def runtime(environment: Json, needed: dict[str, list[str]]) -> Json:
    """Return the list of an environment without what the program does not need.

    Args:
        environment: as ``cyclonedx-py environment --pyproject`` makes it; not changed.
        needed: see :func:`releasing.needed.needed`.

    Raises:
        ValueError: something is needed that is not in the environment.
    """
    main = environment["metadata"]["component"]
    refs = {normal(each["name"]): each["bom-ref"] for each in environment["components"]}
    refs[normal(main["name"])] = main["bom-ref"]
    if missing := needed.keys() - refs.keys():
        raise ValueError(f"needed, but not listed: {', '.join(sorted(missing))}")
    kept = {refs[name] for name in needed}
    return environment | {
        "components": [each for each in environment["components"] if each["bom-ref"] in kept],
        "dependencies": [
            {"ref": refs[name]} | ({"dependsOn": [refs[each] for each in below]} if below else {})
            for name, below in needed.items()
        ],
    }


def with_parts(bom: Json, parts: list[Json]) -> Json:
    """Return a list with more components, on which the program itself depends."""
    root_ref = bom["metadata"]["component"]["bom-ref"]
    dependencies = [
        each | {"dependsOn": [*each.get("dependsOn", []), *(part["bom-ref"] for part in parts)]}
        if each["ref"] == root_ref
        else each
        for each in bom["dependencies"]
    ]
    dependencies += [{"ref": part["bom-ref"]} for part in parts]
    return bom | {"components": [*bom["components"], *parts], "dependencies": dependencies}


def interpreters(environment: Json, python: str) -> list[Json]:
    """Return Python, Qt and PyInstaller's start of the programs, as far as they are there.

    Args:
        environment: see :func:`runtime`.
        python: version of the interpreter that is frozen.
    """
    versions = {normal(each["name"]): each.get("version", "") for each in environment["components"]}
    parts = [_part("cpython", python, "framework", "PSF-2.0", f"pkg:generic/cpython@{python}")]
    if qt := versions.get("pyside6-essentials"):
        parts.append(_part("qt", qt, "framework", "LGPL-3.0-only", f"pkg:generic/qt@{qt}"))
    if starter := versions.get("pyinstaller"):
        licence = {"expression": "GPL-2.0-or-later WITH Bootloader-exception"}
        part = _part("pyinstaller-bootloader", starter, "application", "", "")
        parts.append(part | {"licenses": [licence]})
    return parts


def resources(root: Path = ROOT) -> list[Json]:
    """Return what lies in ``resources``, every file with its SHA-256."""
    folder = root / "resources"
    parts = [_model(each) for each in sorted((folder / "models").iterdir()) if each.is_dir()]
    rows = (folder / "api-docs" / "README.md").read_text(encoding="utf-8").splitlines()
    for row in filter(None, map(_API_DOCS_ROW.match, rows)):
        purl = f"pkg:npm/{row['npm']}@{row['version']}"
        part = _part(row["npm"], row["version"], "library", row["licence"], purl)
        parts.append(part | _files(folder / "api-docs" / row["folder"], root))
    for name, kind, licence, words in (
        ("calibrations", "data", _OWN_LICENCE, "What was measured about the voice models together"),
        ("fonts", "data", "OFL-1.1", "The typefaces Inter and Inter Display"),
        ("icons", "data", _OWN_LICENCE, "Icons of the screens"),
        ("app-icon", "data", _OWN_LICENCE, "Icon of the application"),
        ("consent", "data", _OWN_LICENCE, "Consent texts"),
        ("manual", "data", _OWN_LICENCE, "The manual"),
        ("speech-detector", "data", "MIT", "The network of Silero VAD 5"),
        ("prompts", "data", _OWN_LICENCE, "Sentences to read"),
        ("themes", "data", _OWN_LICENCE, "Colors and sizes of the screens"),
    ):
        part = _part(f"resources/{name}", "", kind, licence, "")
        parts.append(part | {"description": words} | _files(folder / name, root))
    return parts


def validate(text: str) -> None:
    """Check a list against the schema of CycloneDX; its Python library must be installed.

    Raises:
        ValueError: it is not one.
    """
    import importlib

    schema: Any = importlib.import_module("cyclonedx.schema")
    validator = importlib.import_module("cyclonedx.validation.json").JsonStrictValidator
    found = validator(schema.SchemaVersion.V1_6).validate_str(text)
    if found is not None:
        raise ValueError(f"the list does not fit the schema: {found.data!r:.500}")


def _model(folder: Path) -> Json:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    part = _part(manifest["model_id"], "", "machine-learning-model", manifest["licence"], "")
    return part | {
        "description": manifest["title"],
        "hashes": [_sha256(folder / "embedding_model.ckpt")],
        "modelCard": {
            "modelParameters": {
                "approach": {"type": "supervised"},
                "task": "speaker verification",
                "architectureFamily": manifest["architecture"],
                "inputs": [{"format": f"mono sound, {manifest['sample_rate']} Hz"}],
                "outputs": [{"format": f"embedding, {manifest['embedding_size']} dimensions"}],
            },
            "considerations": {
                "technicalLimitations": [
                    f"threshold {manifest['threshold']['value']}: {manifest['threshold']['basis']}"
                ]
            },
        },
        "components": [
            _file(folder / name, folder.parents[2])
            for name in sorted([*manifest["files"], "manifest.json"])
        ],
    }


def _part(name: str, version: str, kind: str, licence: str, purl: str) -> Json:
    part: Json = {"type": kind, "bom-ref": f"{name}@{version}".rstrip("@"), "name": name}
    if version:
        part["version"] = version
    if licence:
        part["licenses"] = [{"license": {"id": licence}}]
    if purl:
        part["purl"] = purl
    return part


def _files(folder: Path, root: Path) -> Json:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise ValueError(f"{folder.name} holds no files")
    return {"components": [_file(path, root) for path in files]}


def _file(path: Path, root: Path) -> Json:
    name = path.relative_to(root).as_posix()
    return {"type": "file", "bom-ref": name, "name": name, "hashes": [_sha256(path)]}


def _sha256(path: Path) -> Json:
    return {"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}


def main() -> None:
    """Make the list."""
    parser = argparse.ArgumentParser(description="List what is in the program.")
    parser.add_argument("environment", type=Path, help="what cyclonedx-py says of it")
    parser.add_argument("needed", type=Path, help="what releasing.needed says of it")
    parser.add_argument("out", type=Path)
    parser.add_argument("--python", default=platform.python_version(), help="the frozen one")
    given = parser.parse_args()
    environment = json.loads(given.environment.read_text(encoding="utf-8"))
    bom = runtime(environment, json.loads(given.needed.read_text(encoding="utf-8")))
    packages = len(bom["components"])
    parts = [*interpreters(environment, given.python), *resources()]
    text = json.dumps(with_parts(bom, parts), indent=2, ensure_ascii=False) + "\n"
    validate(text)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(text, encoding="utf-8")
    print(f"{given.out}: {packages} Python packages and {len(parts)} other parts")


if __name__ == "__main__":
    main()
