"""Runs a part of a test in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Answer:
    """What a child said: the JSON object on its stdout, and everything on its stderr."""

    result: dict[str, Any]
    stderr: str


def ask(module: str, *arguments: str) -> Answer:
    """Run ``python -m module arguments`` and return its answer; fails unless it ends well."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert isinstance(result, dict)
    return Answer(result, done.stderr)
