"""The screens keep the rules, and the rules find what breaks them."""

from __future__ import annotations

import ast

import pytest

from tests.architecture import ui_rules
from tests.architecture.source_tree import tree, ui_files

SCREENS = """
class Base(QWidget):
    def inherited(self): ...
class Panel(Base):
    def bare(self): ...
    @Slot()
    def good(self): ...
    def build(self, worker):
        {}
class Worker(QObject):
    def run(self): ...
    @QtCore.Slot(int)
    def stop(self): ...
class Plain:
    def free(self): ...
"""


@pytest.mark.parametrize(
    ("line", "guilty"),
    [
        ("self.signal.connect(self.bare)", "Panel.bare"),
        ("self.signal.connect(self.inherited)", "Base.inherited"),
        ("self.a.b.connect(worker.run, Qt.QueuedConnection)", "Worker.run"),
        ("self.signal.connect(self.good)", None),
        ("self.signal.connect(worker.stop)", None),
        ("self.signal.connect(self.plain.free)", None),
        ("self.signal.connect(self.other_signal)", None),
    ],
)
def test_rule_on_slots(line: str, guilty: str | None) -> None:
    module = ast.parse(SCREENS.format(line))
    found = list(ui_rules.connected_without_slot(module, ui_rules.classes([module])))
    assert len(found) == (0 if guilty is None else 1)
    assert guilty is None or guilty in found[0]


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("label.setText('Hello')", 1),
        ("QLabel('Hello', parent)", 1),
        ("label.setText(f'{name}, hello')", 1),
        ("label.setText('Hello {}'.format(name))", 1),
        ("label.setText('yes' if fine else 'no')", 2),
        ("label.setText('' if fine else self.tr('No'))", 0),
        ("label.setText(f'{value:.2f}')", 0),
        ("label.setText(self.tr('Hello'))", 0),
        ("label.setText(QCoreApplication.translate('Panel', 'Hello'))", 0),
        ("label.setText(self.tr('Hello {name}').format(name=name))", 0),
        ("label.setText('12:30')", 0),
        ("label.setText(texts['hello'])", 0),
        ("QLabel(parent)", 0),
        ("self.setObjectName('panel')", 0),
    ],
)
def test_rule_on_literals(line: str, count: int) -> None:
    assert len(list(ui_rules.untranslated(ast.parse(line)))) == count


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("self.tr(f'Hello {name}')", 1),
        ("self.tr('Hello ' + name)", 1),
        ("translate('Panel', 'Hello {}'.format(name))", 1),
        ("self.tr('Hello {name}').format(name=name)", 0),
        ("translate('Panel', message.title)", 0),
    ],
)
def test_rule_on_translated_texts(line: str, count: int) -> None:
    assert len(list(ui_rules.untranslatable(ast.parse(line)))) == count


def test_signals_are_connected_to_slots() -> None:
    known = ui_rules.classes(tree(path) for path in ui_files())
    found = {
        str(path): breaches
        for path in ui_files()
        if (breaches := list(ui_rules.connected_without_slot(tree(path), known)))
    }
    assert found == {}


def test_shown_texts_are_translated() -> None:
    found = {
        str(path): breaches
        for path in ui_files()
        if (breaches := list(ui_rules.untranslated(tree(path))))
    }
    assert found == {}


def test_translated_texts_are_whole_sentences() -> None:
    found = {
        str(path): breaches
        for path in ui_files()
        if (breaches := list(ui_rules.untranslatable(tree(path))))
    }
    assert found == {}
