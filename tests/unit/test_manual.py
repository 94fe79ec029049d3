"""The manual is whole, says what the code says, and leads nowhere else."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from command_docs.tree import Command, read
from kiosk import manual
from kiosk.core.accounts.operators import MIN_PASSWORD
from kiosk.core.api_policy import ApiPolicy
from kiosk.core.errors import InvalidInput, ResourcesMissing
from kiosk.core.limits.attempts import AttemptPolicy
from kiosk.core.people.retention import MAX_DAYS, PRESET_DAYS, WARN_DAYS, Preset
from kiosk.core.policies import (
    ENROLL_QUALITY,
    LEARN_QUALITY,
    LEAST_THRESHOLD,
    VERIFY_QUALITY,
)
from kiosk.core.voice.adaptation import AdaptationPolicy
from kiosk.services.accounts.operators import POLICY as SIGN_INS
from kiosk.settings.sections import OperatorSettings
from releasing import manual as tables
from tests.architecture.source_tree import ROOT, tree, ui_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = sorted(tables.FOLDER.glob("*.md"))
README = ROOT / "README.md"
TRIES, ADAPTING = AttemptPolicy(), AdaptationPolicy()
MOST_OF_README = 10_000
"""Bytes; what is longer belongs into the manual."""


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def headings(page: Path) -> set[str]:
    """Return the anchors of the headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", text(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}


def code_in(page: Path) -> Iterator[str]:
    """Yield what is set as code: lines of their own, and pieces within a line."""
    fence = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^    (.+)$", text(page), re.MULTILINE)
    for line in (*indented, *"".join(fence.findall(text(page))).splitlines()):
        yield line.partition(" #")[0]
    for piece in re.findall(r"`([^`]+)`", fence.sub("", text(page))):
        yield " ".join(piece.split())


def test_every_page_is_in_the_index_once() -> None:
    names = [topic.name for topic in manual.topics()]
    assert sorted([*names, manual.INDEX]) == [page.stem for page in PAGES]
    for topic in manual.topics():
        assert topic.text.startswith("# ")
        assert "<!--" not in topic.text


@pytest.mark.parametrize("page", [README, *PAGES], ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        path, _, anchor = target.partition("#")
        file = page if not path else page.parent / path
        assert file.exists(), target
        assert not anchor or anchor in headings(file), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_needs_no_network_and_shows_no_picture(page: Path) -> None:
    for host in re.findall(r"https?://([^/\s:)`\"]+)", text(page)):
        assert host in {"127.0.0.1", "localhost"} or host.endswith("example.org"), host
    assert "![" not in text(page)
    assert "<img" not in text(page)


def test_the_readme_is_short() -> None:
    assert len(README.read_bytes()) <= MOST_OF_README


def test_tables_are_what_the_code_says() -> None:
    stale = [page.name for page in tables.stale()]
    assert stale == [], f"run '{tables.HINT}'"


def test_every_table_is_on_one_page() -> None:
    for name in tables.TABLES:
        begins = [page.name for page in PAGES if f"<!-- {name} -->" in text(page)]
        ends = [page.name for page in PAGES if f"<!-- /{name} -->" in text(page)]
        assert begins == ends
        assert len(begins) == 1


def test_a_stale_table_is_found(tmp_path: Path) -> None:
    old = "Before.\n\n<!-- roles -->\n| Action |\n<!-- /roles -->\n\nAfter.\n"
    (tmp_path / "security.md").write_text(old, encoding="utf-8")
    assert [page.name for page in tables.stale(tmp_path)] == ["security.md"]
    new = tables.renewed(old)
    assert new.startswith("Before.\n\n<!-- roles -->\n| Action | visitor |")
    assert new.endswith("<!-- /roles -->\n\nAfter.\n")
    assert tables.renewed(new) == new


def test_codes_settings_and_routes_are_all_there() -> None:
    assert "| `KEY-001` | A key of this kiosk" in tables.codes()
    assert "| `api.port` | 3000 | 0 to 65535 |" in tables.settings()
    assert "| `verification.min_snr_db` | 3 | -10 to 40 |" in tables.settings()
    assert "| `GET /v1/health` | none |" in tables.own_routes()
    assert "| `POST /v1/enrollments` | enroll |" in tables.own_routes()
    assert "| `GET /vv/get_voiceprint/{external_id}` | voiceprints |" in tables.seed_routes()
    assert "| delete backups |  |  | yes |" in tables.roles()
    assert "| `kiosk backup restore` |" in tables.commands()
    assert "| a new one |" in tables.restoring()
    assert "|  |\n" not in tables.settings()  # each says what it means


@pytest.fixture(scope="module")
def program() -> Command:
    return read()


@pytest.mark.parametrize("page", [README, *PAGES], ids=lambda page: page.stem)
def test_commands_and_their_options_exist(page: Path, program: Command) -> None:
    for code in code_in(page):
        for words in re.findall(r"(?<![\w./-])kiosk ([a-z-]+[^`|…]*)", code):
            at = program
            options = {name for each in at.options for name in each.names}
            for word in words.split():
                below = [each for each in at.commands if each.path[-1] == word.split("|")[0]]
                if word.startswith("--"):
                    assert word in options, f"{code}: {word}"
                elif below:
                    at = below[0]
                    options |= {name for each in at.options for name in each.names}
                else:
                    assert not at.commands, f"{code}: {word}"


def test_what_is_in_italics_is_on_the_screen() -> None:
    shown = {
        node.value
        for path in ui_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    missing = [
        f"{page.name}: {part}"
        for page in (README, *PAGES)
        for name in re.findall(r"(?<![*\w/])\*([^*/|`]+)\*(?![*\w])", text(page))
        for part in " ".join(name.split()).split(" → ")
        if part not in shown
    ]
    assert missing == []


FIGURES = [
    (
        "operators",
        f"{ENROLL_QUALITY.min_net_s:g} s of net speech, a signal-to-noise ratio of "
        f"{ENROLL_QUALITY.min_snr_db:g} dB, a bandwidth of "
        f"{ENROLL_QUALITY.min_bandwidth_hz / 1000:g} kHz",
    ),
    (
        "operators",
        f"A verification needs {VERIFY_QUALITY.min_net_s:g} s and {VERIFY_QUALITY.min_snr_db:g} dB",
    ),
    ("operators", f"After {OperatorSettings().sign_out_s:g} s without a touch"),
    ("operators", f"at least {MIN_PASSWORD} characters"),
    ("voice", f"has {LEARN_QUALITY.min_net_s:g} s of net speech"),
    ("voice", f"scores at least {ADAPTING.margin:.2f} above the threshold"),
    ("voice", f"The last {ADAPTING.keep} learned takes are kept"),
    ("voice", f"they add at most {ADAPTING.lift:.2f} to a score"),
    ("voice", f"Nobody below threshold − {ADAPTING.lift:.2f} is ever accepted"),
    ("voice", f"at least {LEAST_THRESHOLD}"),
    ("security", f"failures in a row | {TRIES.free_failures} | a wait of {TRIES.first_wait_s:g} s"),
    ("security", f"failures without a success | {TRIES.most_failures} |"),
    ("security", f"could not be compared | {TRIES.free_inconclusive} |"),
    ("security", f"under whatever IDs | {TRIES.place_failures} | one try every "),
    ("security", f"After {SIGN_INS.free_failures} wrong tries each further one must wait"),
    ("security", f"After {SIGN_INS.place_failures} wrong tries at the screen"),
    ("privacy", f"| bipa (default) | {PRESET_DAYS[Preset.BIPA]:,} |"),
    ("privacy", f"| colorado | {PRESET_DAYS[Preset.COLORADO]} |"),
    ("privacy", f"| texas | {PRESET_DAYS[Preset.TEXAS]} |"),
    ("privacy", f"| custom | 1 to {MAX_DAYS:,} |"),
    ("privacy", f"Operators are told {WARN_DAYS} days before"),
    ("http", f"a queue of {ApiPolicy.inference_queue} before the voice model"),
    ("http", f"at most {ApiPolicy.max_stream_bytes // 1_000_000} MB"),
    ("http", f"At most {ApiPolicy.max_streams:,} streams"),
    ("http", f"{ApiPolicy.rate_per_minute:,} requests a minute, {ApiPolicy.burst} at once"),
]
"""What pages say in words of their own, with the figures that the code has now."""


@pytest.mark.parametrize(("name", "said"), FIGURES, ids=[said for _, said in FIGURES])
def test_figures_in_sentences_are_those_of_the_code(name: str, said: str) -> None:
    assert said in " ".join(text(tables.FOLDER / f"{name}.md").split())


def test_a_manual_that_is_damaged_is_told(tmp_path: Path) -> None:
    with pytest.raises(ResourcesMissing):
        manual.topics(tmp_path)
    (tmp_path / "index.md").write_text("- [Gone](gone.md): nothing\n", encoding="utf-8")
    with pytest.raises(ResourcesMissing):
        manual.topics(tmp_path)


def test_a_topic_is_found_by_its_name_or_a_word_of_its_title() -> None:
    pages = manual.topics()
    assert manual.topic(pages, "Backups").name == "backups"
    assert manual.topic(pages, "visitors").name == "privacy"
    with pytest.raises(InvalidInput, match="no topic 'and'"):  # of more titles than one
        manual.topic(pages, "and")


def test_all_words_must_be_on_a_page() -> None:
    (page,) = (each for each in manual.topics() if each.name == "backups")
    assert page.has("PASSPHRASE restore")
    assert not page.has("passphrase xylophone")
