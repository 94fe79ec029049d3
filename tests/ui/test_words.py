"""The table of messages is complete, and the sentences to say are fit for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import Defect, InvalidInput, KioskError, ResourcesMissing
from kiosk.core.hearing.quality import Reason
from kiosk.resources import resources_dir
from kiosk.ui import messages
from kiosk.ui.hearing.prompts import MIN_WORDS, Prompts, load_prompts
from kiosk.ui.theme.icons import IconSet
from tests.ui.support import Kit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def errors(kind: type[KioskError] = KioskError) -> Iterator[type[KioskError]]:
    yield kind
    for below in kind.__subclasses__():
        if below.__module__ == KioskError.__module__:
            yield from errors(below)


ICONS = frozenset(IconSet(resources_dir() / "icons").names())


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_title_a_hint_and_an_icon(reason: Reason) -> None:
    message = messages.for_reason(reason)
    assert message.title
    assert message.hint
    assert message.icon in ICONS


@pytest.mark.parametrize("kind", list(dict.fromkeys(errors())))
def test_every_error_has_an_entry(kind: type[KioskError]) -> None:
    assert kind.code in messages.known_codes()
    message = messages.for_error(kind("Something is the matter.", hint="Mend it."))
    assert message.title
    assert message.hint
    assert message.icon in ICONS
    assert message.code == kind.code


def test_no_entry_is_for_an_error_that_does_not_exist() -> None:
    assert set(messages.known_codes()) == {kind.code for kind in errors()}


def test_what_only_the_error_knows_is_shown() -> None:
    shown = messages.for_error(InvalidInput("The ID is empty.", hint="Type the person's ID."))
    assert shown.sentence == "The ID is empty. Type the person's ID. (USR-001)"
    assert "incident 1a2b" in messages.for_error(Defect("It failed (incident 1a2b).")).title


def test_every_startup_task_has_words(data_dir: Path) -> None:
    assert set(Kit(data_dir).kiosk.startup.names) <= set(messages.known_tasks())
    assert messages.for_task("something new").title


def test_sentences_are_long_and_all_are_said_before_one_comes_again() -> None:
    prompts = load_prompts(resources_dir())
    assert len(prompts) >= 12
    first = [prompts.next() for _ in range(len(prompts))]
    assert len(set(first)) == len(prompts)
    assert [prompts.next() for _ in range(len(prompts))] == first
    assert min(len(sentence.split()) for sentence in first) >= MIN_WORDS


def test_a_language_without_sentences_gets_english() -> None:
    english = load_prompts(resources_dir())
    other = load_prompts(resources_dir(), "tlh")
    assert {english.next() for _ in range(40)} == {other.next() for _ in range(40)}


@pytest.mark.parametrize("sentences", [[], ["Too short."]])
def test_useless_sentences_are_refused(sentences: list[str]) -> None:
    with pytest.raises(ValueError, match="sentence"):
        Prompts(sentences)


@pytest.mark.parametrize("text", [None, "sentences = [", "sentences = ['Too short.']", "a = 1"])
def test_damaged_sentences_are_a_matter_of_installation(tmp_path: Path, text: str | None) -> None:
    (tmp_path / "prompts").mkdir()
    if text is not None:
        (tmp_path / "prompts" / "en.toml").write_text(text)
    with pytest.raises(ResourcesMissing):
        load_prompts(tmp_path)
