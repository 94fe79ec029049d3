"""The consent texts of the program, and those of a site in their place."""

from __future__ import annotations

import hashlib
import stat
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import InvalidInput, ResourcesMissing
from kiosk.core.people.consent import ConsentFacts
from kiosk.resources import resources_dir
from kiosk.texts import FolderConsentTexts

if TYPE_CHECKING:
    from pathlib import Path

FACTS = ConsentFacts("Acme Ltd", "desk@example.org", 365)
LANGUAGES = ["en", "de", "es", "fr"]
SAID = {
    "en": ("voiceprint", "no recording", "voluntary", "withdraw", "without your voice", "receipt"),
    "de": (
        "stimmprofil",
        "keine aufnahme",
        "freiwillig",
        "widerrufen",
        "ohne ihre stimme",
        "beleg",
    ),
    "es": ("huella de voz", "ninguna grabación", "voluntario", "retirar", "sin su voz"),
    "fr": ("empreinte vocale", "aucun enregistrement", "volontaire", "retirer", "sans votre voix"),
}
"""What, how, and the choices, in each language."""


@pytest.fixture
def texts(tmp_path: Path) -> FolderConsentTexts:
    return FolderConsentTexts(resources_dir() / "consent", tmp_path / "consent")


def test_english_comes_first(texts: FolderConsentTexts) -> None:
    assert texts.languages() == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_says_what_it_must(texts: FolderConsentTexts, language: str) -> None:
    template = texts.template(language)
    text = template.filled(FACTS)
    assert (text.version, text.language) == ("2", language)
    said = " ".join(text.markdown.lower().split())
    for word in (*SAID[language], "acme ltd", "desk@example.org", "365"):
        assert word in said, word
    # Nothing is left to fill in, whatever the site has said.
    for facts in (FACTS, ConsentFacts("", "", None), ConsentFacts("", "", None, 30)):
        made = template.filled(facts).markdown
        assert "{" not in made
        assert "|" not in made
    kept = template.filled(ConsentFacts("", "", None, 30)).markdown
    assert SAID[language][1] not in kept.lower()
    assert "30" in kept
    assert "365" not in kept


def test_the_languages_have_the_same_parts(texts: FolderConsentTexts) -> None:
    def shape(language: str) -> list[str]:
        lines = texts.template(language).filled(FACTS).markdown.splitlines()
        return [line[:2] for line in lines if line.startswith(("#", "- "))]

    assert all(shape(language) == shape("en") for language in LANGUAGES)


def test_the_highest_version_counts(tmp_path: Path) -> None:
    for name in ("en-2.md", "en-10.md", "en-9.md", "de-1.md", "README.md", "EN-11.md"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    texts = FolderConsentTexts(tmp_path, tmp_path / "none")
    assert texts.languages() == ["en", "de"]
    assert texts.template("en").version == "10"
    assert texts.template("en").markdown == "en-10.md"


def test_a_site_has_texts_of_its_own_and_no_others(
    texts: FolderConsentTexts, tmp_path: Path
) -> None:
    own = tmp_path / "consent"
    own.mkdir()
    (own / "nl.md").write_text("Ja.\n", encoding="utf-8")
    assert texts.languages() == ["nl"]
    version = texts.template("nl").version
    digest = hashlib.sha256(b"Ja.\n").hexdigest()
    assert version == f"site-{digest[:12]}"
    (own / "nl.md").write_text("Nee.\n", encoding="utf-8")
    assert texts.template("nl").version != version
    with pytest.raises(ResourcesMissing):
        texts.template("en")


@pytest.mark.parametrize(
    "content", [b"", b" \n", b"\xff\xfe\xff", b"x" * 200_001], ids=["empty", "blank", "no", "long"]
)
def test_a_text_that_cannot_be_shown_is_refused(
    texts: FolderConsentTexts, tmp_path: Path, content: bytes
) -> None:
    own = tmp_path / "consent"
    own.mkdir()
    (own / "en.md").write_bytes(content)
    with pytest.raises(ResourcesMissing):
        texts.template("en")


def test_without_any_text_nobody_can_agree(tmp_path: Path) -> None:
    with pytest.raises(ResourcesMissing):
        FolderConsentTexts(tmp_path, tmp_path / "none").languages()


def test_a_site_begins_with_copies(texts: FolderConsentTexts, tmp_path: Path) -> None:
    written = texts.write_own()
    assert [path.name for path in written] == ["de.md", "en.md", "es.md", "fr.md"]
    assert stat.S_IMODE(written[0].stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "consent").stat().st_mode) == 0o700
    written[0].write_text("Unser Text.\n", encoding="utf-8")
    assert texts.write_own() == []
    assert texts.template("de").markdown == "Unser Text.\n"
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InvalidInput):
        FolderConsentTexts(resources_dir() / "consent", tmp_path / "file" / "x").write_own()
