"""The workflow of a release names only what exists, and actions by their commits."""

from __future__ import annotations

import importlib.util
import re
from typing import Any

import pytest
import yaml

from releasing.version import ROOT

WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".ci/release.yml").read_text(encoding="utf-8"))
JOBS: dict[str, Any] = WORKFLOW["jobs"]
STEPS = [(name, step) for name, job in JOBS.items() for step in job["steps"]]
COMMANDS = [(name, step["run"]) for name, step in STEPS if "run" in step]


def test_actions_are_pinned_and_leave_no_credentials() -> None:
    used = [step["uses"] for _, step in STEPS if "uses" in step]
    assert len(used) > 10
    assert [each for each in used if not re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", each)] == []
    for _, step in STEPS:
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False


def test_only_what_publishes_may_write() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert [name for name, job in JOBS.items() if "permissions" in job] == ["publish"]
    assert JOBS["publish"]["if"] == "github.ref_type == 'tag'"
    assert set(JOBS["publish"]["needs"]) == set(JOBS) - {"publish"}


def test_scripts_and_modules_that_it_runs_exist() -> None:
    seen = set()
    for _, command in COMMANDS:
        for path in re.findall(r"packaging/[\w./-]+", command):
            assert (ROOT / path).exists(), path
            seen.add(path)
        for module in re.findall(r"-m (releasing\.\w+)", command):
            assert importlib.util.find_spec(module) is not None, module
            seen.add(module)
    assert seen >= {
        "packaging/smoke_test.py",
        "packaging/release/sbom.sh",
        "packaging/release/checksums.sh",
        "packaging/windows/build.ps1",
        "packaging/macos/dmg.sh",
        "releasing.smoke",
        "releasing.version",
    }


@pytest.mark.parametrize("system", ["linux", "windows", "macos"])
def test_each_system_builds_tries_and_lists_the_program(system: str) -> None:
    commands = "\n".join(command for name, command in COMMANDS if name == system)
    assert "make package" in commands or "packaging/pyinstaller/kiosk.spec" in commands
    assert "packaging/smoke_test.py" in commands or "releasing.smoke" in commands
    assert "packaging/release/sbom.sh" in commands
    kept = [
        step["with"]["path"]
        for name, step in STEPS
        if name == system and step.get("with", {}).get("name") == f"release-{system}"
    ]
    assert len(kept) == 1
    assert "dist/*.cdx.json" in kept[0]


def test_secrets_are_given_to_single_steps_and_never_written_out() -> None:
    for name, job in JOBS.items():
        for value in job.get("env", {}).values():
            # Whether there is one, not which.
            assert "secrets." not in str(value) or "!= ''" in str(value), name
    for _, command in COMMANDS:
        assert "secrets." not in command
