"""No enrollment without a receipt, whoever asks for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core.accounts.acting import VISITOR, Actor, Role, acting_as
from kiosk.core.errors import (
    ConsentMissing,
    EnrollmentRefused,
    NotPermitted,
    ResourcesMissing,
    UnknownUser,
)
from kiosk.core.people.consent import ConsentTemplate
from kiosk.core.people.consent_document import as_html, as_markdown, facts_of, html_of
from kiosk.core.people.retention import Preset, RetentionPolicy
from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.services.people.consent import Consents
from tests.fakes.consent import SITE, FixedTexts
from tests.unit.services.kit import ANNA, BOB, Kit

OPERATOR = Actor("operator:ben", Role.OPERATOR)


@pytest.fixture
def kit() -> Kit:
    return Kit()


def test_every_enrollment_leaves_a_receipt(kit: Kit) -> None:
    with acting_as(OPERATOR):
        kit.enroll("anna", ANNA)
    (receipt,) = kit.consents.receipts("anna")
    text = kit.consents.text()
    assert (receipt.text_version, receipt.language) == (text.version, "en")
    assert (receipt.text_sha256, receipt.actor) == (text.sha256, "operator:ben")
    assert receipt.given_at == kit.clock.now()
    assert len(receipt.receipt_id) == 32
    kit.clock.advance(60)
    kit.enroll("anna", ANNA, replacing=True)
    second, first = kit.consents.receipts("anna")
    assert first == receipt
    assert second.given_at == kit.clock.now()
    with kit.database() as work:
        given = work.audit.find(AuditQuery(actions=(AuditAction.CONSENT_GIVEN.value,)))
    assert [each.details["receipt"] for each in given] == [second.receipt_id, first.receipt_id]
    assert given[1].actor == "operator:ben"


def test_the_receipt_is_of_the_text_that_was_shown(kit: Kit) -> None:
    german = kit.consents.text("de")
    kit.retention.set(RetentionPolicy(Preset.TEXAS))  # while the person read
    person = kit.enrolling.save("anna", "", kit.takes(ANNA), consent=True, agreed_to=german)
    (receipt,) = kit.consents.receipts("anna")
    assert (receipt.language, receipt.text_sha256) == ("de", german.sha256)
    assert person.consent is not None
    assert person.consent.text_version == german.version
    assert kit.consents.document(receipt.receipt_id).text == german


def test_without_consent_or_without_a_voiceprint_there_is_no_receipt(kit: Kit) -> None:
    with pytest.raises(ConsentMissing):
        kit.enrolling.save("anna", "", kit.takes(ANNA), consent=False)
    with pytest.raises(EnrollmentRefused):
        kit.enrolling.save("anna", "", [*kit.takes(ANNA, 2), *kit.takes(BOB, 1)], consent=True)
    assert kit.database.state.receipts == {}
    with kit.database() as work:
        assert work.audit.find(AuditQuery(actions=(AuditAction.CONSENT_GIVEN.value,))) == []


def test_without_a_text_nobody_is_enrolled(kit: Kit) -> None:
    kit.enrolling._consents = Consents(kit.database, FixedTexts(), SITE)
    with pytest.raises(ResourcesMissing):
        kit.enrolling.save("anna", "", kit.takes(ANNA), consent=True)
    assert kit.people.everybody() == []


def test_texts_say_how_long_people_are_kept(kit: Kit) -> None:
    kit.retention.set(RetentionPolicy(Preset.CUSTOM, 77))
    assert "**77 days**" in kit.consents.text("en").markdown
    kit.retention.set(RetentionPolicy(Preset.NONE))
    assert "77" not in kit.consents.text("en").markdown
    recorded = Consents(
        kit.database,
        FixedTexts(ConsentTemplate("1", "en", "{recorded}Kept {recording_days} days.\n")),
        replace(SITE, recording_days=lambda _: 5),
    )
    assert recorded.text().markdown == "Kept 5 days.\n"


@pytest.mark.parametrize(
    ("site", "first"), [(None, "en"), ("de", "de"), ("de_AT", "de"), ("pt_BR", "en")]
)
def test_the_language_of_the_site_comes_first(kit: Kit, site: str | None, first: str) -> None:
    consents = Consents(kit.database, kit.consents._texts, replace(SITE, language=site))
    assert consents.languages()[0] == first
    assert sorted(consents.languages()) == ["de", "en", "es", "fr"]
    assert consents.text().language == first


def test_who_has_no_receipt_is_told_so(kit: Kit) -> None:
    kit.enroll("anna", ANNA)
    kit.database.state.receipts.clear()
    with pytest.raises(ConsentMissing, match="anna"):
        kit.consents.latest("anna")
    with pytest.raises(ConsentMissing):
        kit.consents.document("f" * 32)
    for ask in (kit.consents.latest, kit.consents.receipts):
        with pytest.raises(UnknownUser):
            ask("nobody")


def test_receipts_are_not_for_visitors(kit: Kit) -> None:
    kit.enroll("anna", ANNA)
    with acting_as(VISITOR):
        for ask in (kit.consents.latest, kit.consents.receipts, kit.consents.document):
            with pytest.raises(NotPermitted):
                ask("anna")


def test_handing_a_receipt_out_is_recorded(kit: Kit) -> None:
    kit.enroll("anna", ANNA)
    document = kit.consents.latest("anna")
    kit.consents.handed_out(document)
    with kit.database() as work:
        (record,) = work.audit.find(AuditQuery(actions=(AuditAction.CONSENT_EXPORTED.value,)))
    assert record.subject == "anna"


# --- as a document ---------------------------------------------------------------------------


def test_the_document_names_everything(kit: Kit) -> None:
    kit.enrolling.save("anna", "Anna <B>", kit.takes(ANNA), consent=True)
    document = kit.consents.latest("anna")
    html, markdown = as_html(document), as_markdown(document)
    for name, value in facts_of(document):
        assert name in html
        assert value in markdown
    assert "Anna &lt;B&gt; (anna)" in html
    assert document.text.markdown in markdown
    assert "<h2>What is stored</h2>" in html
    assert "<b>A voiceprint</b>" in html


def test_html_of_the_few_signs_that_texts_use() -> None:
    made = html_of(
        "# Title\n\nOne\ntwo **bold**.\n\n- first\n  goes on\n- second\nAfter.\n\n## <script>\n"
    )
    assert made.splitlines() == [
        "<h1>Title</h1>",
        "<p>One two <b>bold</b>.</p>",
        "<ul>",
        "<li>first goes on</li>",
        "<li>second</li>",
        "</ul>",
        "<p>After.</p>",
        "<h2>&lt;script&gt;</h2>",
    ]
