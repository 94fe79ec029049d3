"""No test waits by a clock of its own: what is right may come late on a busy machine."""

from __future__ import annotations

import ast

from tests.architecture.source_tree import python_files, tree

POLLING = 1.0
"""Seconds; what is shorter looks whether something stays away, or looks again and again."""


def impatient(call: ast.Call) -> bool:
    """Return whether a call waits for a number of seconds, or as long as pytest-qt wants."""
    if not isinstance(call.func, ast.Attribute):
        return False
    name = call.func.attr
    given = {word.arg: word.value for word in call.keywords}
    if name in {"waitUntil", "waitSignal", "waitSignals"}:
        return not isinstance(given.get("timeout"), ast.Name)
    positional = name in {"join", "settimeout"} and len(call.args) == 1
    limit = call.args[0] if positional else given.get("timeout")
    value = limit.value if isinstance(limit, ast.Constant) else None
    return isinstance(value, int | float) and value >= POLLING


def test_deadlines_are_those_of_patience() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path in python_files("tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and impatient(node)
    ]
    assert found == []
