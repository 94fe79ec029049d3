"""Rules for the code of the screens that no linter knows, as functions over syntax trees."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.architecture.source_tree import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

QT_CLASS = re.compile(r"(.*\.)?(Q[A-Z]\w*|PlotWidget|PlotItem|GraphicsLayoutWidget)$")

SHOWN = {
    "setText",
    "setToolTip",
    "setStatusTip",
    "setAccessibleName",
    "setAccessibleDescription",
    "setWindowTitle",
    "setPlaceholderText",
    "QLabel",
    "QPushButton",
    "QToolButton",
    "QCheckBox",
    "QRadioButton",
    "QGroupBox",
    "QAction",
}
"""Calls whose first argument people see or hear."""

TRANSLATORS = {"tr", "translate"}


@dataclass
class Class:
    """A class of the screens: its bases, and its methods with whether they are slots."""

    bases: list[str]
    methods: dict[str, bool] = field(default_factory=dict)


def classes(trees: Iterable[ast.Module]) -> dict[str, Class]:
    """Return all classes by name."""
    found = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found[node.name] = Class([dotted(base) for base in node.bases])
                for item in node.body:
                    if isinstance(item, ast.FunctionDef):
                        found[node.name].methods[item.name] = _is_slot(item)
    return found


def _is_slot(method: ast.FunctionDef) -> bool:
    """Return whether a method is decorated with PySide6's Slot."""
    return any(
        isinstance(item, ast.Call) and dotted(item.func).rpartition(".")[2] == "Slot"
        for item in method.decorator_list
    )


def _lineage(name: str, known: dict[str, Class]) -> list[str]:
    """Return a class with all its bases, as far as their names tell."""
    seen: list[str] = []
    waiting = [name]
    while waiting:
        current = waiting.pop(0)
        if current not in seen:
            seen.append(current)
            own = known.get(current.rpartition(".")[2])
            waiting += own.bases if own else []
    return seen


def connected_without_slot(tree: ast.Module, known: dict[str, Class]) -> Iterator[str]:
    """Yield the methods of Qt objects to which signals are connected though they are no slots.

    A bare Python method runs in whichever thread emits; PySide6 has crashed on it, too.
    """
    for owner, call in _connections(tree):
        target = call.args[0]
        if not isinstance(target, ast.Attribute):
            continue
        if dotted(target.value) == "self" and owner:
            candidates = [c.rpartition(".")[2] for c in _lineage(owner, known)]
        else:
            candidates = list(known)
        for name in candidates:
            if name not in known or target.attr not in known[name].methods:
                continue
            is_qt = any(QT_CLASS.match(base) for base in _lineage(name, known))
            if is_qt and not known[name].methods[target.attr]:
                yield f"line {call.lineno}: {name}.{target.attr} needs @Slot"


def _connections(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Yield each call of a method named connect with the name of the class around it."""
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        owner, node = waiting.pop()
        if isinstance(node, ast.ClassDef):
            owner = node.name
        match node:
            case ast.Call(func=ast.Attribute(attr="connect"), args=[_, *_]):
                yield owner, node
        waiting += [(owner, child) for child in ast.iter_child_nodes(node)]


def untranslated(tree: ast.Module) -> Iterator[str]:
    """Yield texts that are shown without having passed through tr() or translate()."""
    for call in _calls(tree):
        if dotted(call.func).rpartition(".")[2] in SHOWN and call.args:
            for text in _literals(call.args[0]):
                yield f"line {call.lineno}: {text!r} is shown untranslated"


def untranslatable(tree: ast.Module) -> Iterator[str]:
    """Yield calls of tr() and translate() with a text that was put together before.

    Translation is by the whole sentence: fill in values afterwards, with format().
    """
    for call in _calls(tree):
        name = dotted(call.func).rpartition(".")[2]
        if name not in TRANSLATORS or not call.args:
            continue
        text = call.args[1] if name == "translate" and len(call.args) > 1 else call.args[0]
        joined = isinstance(text, ast.BinOp | ast.JoinedStr)
        formatted = (
            isinstance(text, ast.Call)
            and isinstance(text.func, ast.Attribute)
            and text.func.attr == "format"
        )
        if joined or formatted:
            yield f"line {call.lineno}: {name}() gets a text that no translator has seen"


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Yield all calls whose function can be named."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node


def _literals(node: ast.expr) -> Iterator[str]:
    """Yield the words written out in an expression, not those inside calls it makes."""
    match node:
        case ast.Constant(value=str(text)):
            if any(letter.isalpha() for letter in text):
                yield text
        case ast.JoinedStr(values=parts):
            for part in parts:
                yield from _literals(part)
        case ast.BinOp(left=left, right=right):
            yield from _literals(left)
            yield from _literals(right)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _literals(body)
            yield from _literals(orelse)
        case ast.BoolOp(values=values):
            for value in values:
                yield from _literals(value)
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            yield from _literals(value)
        case _:
            pass
