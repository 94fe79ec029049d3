"""Consent texts with their places filled in."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.people.consent import ConsentFacts, ConsentTemplate

FACTS = ConsentFacts("Acme", "the desk", 365)
TEXT = """# Consent

{controller|somebody} asks. Ask {contact|the staff}.
{limited}Until **{days} days** have passed.
{unlimited}Until you say so.
{recorded}- Kept for {recording_days} days.
{unrecorded}- No recording.

{unknown} stays.
"""


def filled(facts: ConsentFacts, text: str = TEXT) -> str:
    return ConsentTemplate("1", "en", text).filled(facts).markdown


def test_what_holds_is_said_and_the_rest_is_not() -> None:
    assert filled(FACTS) == (
        "# Consent\n\nAcme asks. Ask the desk.\nUntil **365 days** have passed.\n"
        "- No recording.\n\n{unknown} stays.\n"
    )
    other = filled(ConsentFacts("", "", None, 30))
    assert "somebody asks. Ask the staff." in other
    assert "Until you say so." in other
    assert "Kept for 30 days." in other
    assert "No recording" not in other
    assert "days** have passed" not in other


def test_what_is_filled_in_is_not_looked_at_again() -> None:
    assert "{contact} asks" in filled(ConsentFacts("{contact}", "x", None))


def test_the_hash_is_of_the_text_as_it_was_read() -> None:
    template = ConsentTemplate("1", "en", TEXT)
    one, other = template.filled(FACTS), template.filled(ConsentFacts("Acme", "the desk", 364))
    assert one.sha256 == hashlib.sha256(one.markdown.encode()).hexdigest()
    assert one.sha256 != other.sha256
    assert one.sha256 == template.filled(FACTS).sha256


@given(st.text(max_size=200))
def test_any_text_can_be_a_consent_text(text: str) -> None:
    made = filled(FACTS, text)
    assert made.endswith("\n")
    assert filled(FACTS, made) == made or "{" in made
