"""A person's voiceprints go from one kiosk to another, and only there does the voice match."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kiosk.core.accounts.acting import SYSTEM, VISITOR, acting_as
from kiosk.core.errors import (
    AlreadyEnrolled,
    ConsentMissing,
    InvalidInput,
    NotEnrolled,
    NotPermitted,
    UnknownUser,
    WrongPassphrase,
)
from kiosk.core.policies import VerificationPolicy
from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.core.voice.duplicates import DuplicateDecision, DuplicateFound
from kiosk.services.keys.voiceprint_files import VoiceprintFiles
from kiosk.services.visit.trying import Trying
from kiosk.services.voice.engine import VoiceEngine
from kiosk.services.voice.scoring import Scoring
from tests.fakes.attempts import FakeUptime
from tests.fakes.clock import START, FixedClock
from tests.fakes.consent import site_consents
from tests.fakes.pins import FastPinHasher
from tests.fakes.samples import DIM, MODEL, person, quality, voiceprint
from tests.integration.vault.kit import Site, numbers_of, same, traces
from tests.unit.services.kit import FakeShelf, card

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kiosk.services.enroll.newcomers import Newcomers

PASSPHRASE = "correct horse battery"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "here").begin()
    made.enroll(1)
    with acting_as(SYSTEM):
        yield made
    made.close()


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "there").begin()
    yield made
    made.close()


def files_of(site: Site) -> VoiceprintFiles:
    engine = VoiceEngine(FakeShelf())
    return VoiceprintFiles(
        site.database,
        engine,
        site.vault.wrapping,
        FixedClock(),
        site.activity,
        site_consents(site.database),
        newcomers(site),
        lambda: [replace(card(MODEL, threshold=0.2), dim=DIM)],
        Scoring(engine, site.database),
    )


def newcomers(site: Site) -> Newcomers:
    clock = FixedClock()
    known = (clock, FakeUptime(), FastPinHasher(), site.vault.secret, site.activity)
    return Trying.build(site.database, VerificationPolicy(), *known).newcomers


def test_a_person_moves_with_a_passphrase(here: Site, there: Site, tmp_path: Path) -> None:
    made = files_of(here).export("p1", PASSPHRASE)
    (tmp_path / "file").write_bytes(made)
    assert traces(tmp_path, numbers_of(voiceprint(1))) == []
    imported = files_of(there).import_(made, PASSPHRASE, consent=True)
    assert imported.user_id == "p1"
    assert imported.model_ids == (MODEL,)
    with there.database() as work:
        found = work.people.voiceprint("p1", MODEL)
        assert found is not None
        assert same(found, voiceprint(1))
        known = work.people.get("p1")
        assert known is not None
        assert known.consent is not None
        # How good the takes were would tell who has the files of two kiosks whose they are.
        assert [take.quality for take in work.people.takes("p1", MODEL)] == [{}] * 3


def test_the_same_persons_rows_on_two_kiosks_do_not_match(here: Site, there: Site) -> None:
    there.enroll(1)
    templates = []
    for site in (here, there):
        cipher = site.vault._cipher(None)
        rotated = [
            cipher.rotation(take.dim) @ take.vector.astype(np.float64)
            for take in voiceprint(1).takes
        ]
        templates.append(np.stack(rotated))
    assert np.abs(templates[0] @ templates[0].T - templates[1] @ templates[1].T).max() < 1e-6
    assert np.abs(templates[0] @ templates[1].T).max() < 0.35


def test_a_copied_row_opens_on_no_other_kiosk(here: Site, there: Site) -> None:
    from kiosk.core.errors import KeyUnavailable
    from tests.integration.vault.test_keys import _rows

    for row in _rows(here):
        with pytest.raises(KeyUnavailable):
            there.vault.box.open(*row)


def test_what_stands_in_the_way(here: Site, there: Site) -> None:
    made = files_of(here).export("p1", PASSPHRASE)
    target = files_of(there)
    with pytest.raises(ConsentMissing):
        target.import_(made, PASSPHRASE, consent=False)
    with pytest.raises(WrongPassphrase):
        target.import_(made, PASSPHRASE + "!", consent=True)
    with pytest.raises(InvalidInput):
        target.import_(here.vault.wrapping.wrap("keys", b"x", PASSPHRASE), PASSPHRASE, consent=True)
    for junk in (b"[]", b"{}", b'{"version": 1, "user": "x", "name": "", "voiceprints": []}'):
        forged = here.vault.wrapping.wrap("voiceprints", junk, PASSPHRASE)
        with pytest.raises(InvalidInput):
            target.import_(forged, PASSPHRASE, consent=True)
    target.import_(made, PASSPHRASE, consent=True)
    with pytest.raises(AlreadyEnrolled):
        target.import_(made, PASSPHRASE, consent=True)
    assert target.import_(made, PASSPHRASE, consent=True, replacing=True).user_id == "p1"


def forged(site: Site, **changed: Any) -> bytes:
    """Return a file of p1 in which the first take is another one."""
    take = voiceprint(1).takes[0].vector.astype("<f4")
    content = {
        "version": 1,
        "user": "p1",
        "name": "",
        "voiceprints": [
            {"model_id": MODEL, "takes": [{"embedding": base64.b64encode(take.tobytes()).decode()}]}
        ],
    }
    content["voiceprints"][0] |= changed  # type: ignore[index]
    return site.vault.wrapping.wrap("voiceprints", json.dumps(content).encode(), PASSPHRASE)


def take(vector: Any) -> dict[str, str]:
    return {"embedding": base64.b64encode(np.asarray(vector, "<f4").tobytes()).decode()}


def test_what_is_no_voice_is_not_imported(here: Site, there: Site) -> None:
    target = files_of(there)
    unit = np.eye(DIM)[0]
    wrong: list[dict[str, Any]] = [
        {"takes": [take(np.full(DIM, np.nan))]},
        {"takes": [take(np.full(DIM, np.inf))]},
        {"takes": [take(np.zeros(DIM))]},
        {"takes": [take(unit * 2)]},
        {"takes": [take(unit[:4])]},
        {"takes": []},
        {"takes": [take(unit)] * 101},
        {"model_id": "not-installed"},
    ]
    for changed in wrong:
        with pytest.raises(InvalidInput):
            target.import_(forged(here, **changed), PASSPHRASE, consent=True)
    deep = here.vault.wrapping.wrap("voiceprints", b"[" * 100_000, PASSPHRASE)
    with pytest.raises(InvalidInput):
        target.import_(deep, PASSPHRASE, consent=True)
    with there.database() as work:
        assert work.people.user_ids() == []
    assert target.import_(forged(here), PASSPHRASE, consent=True).user_id == "p1"


def test_an_export_says_nothing_of_how_the_takes_sounded(here: Site) -> None:
    made = files_of(here).export("p1", PASSPHRASE)
    content = json.loads(here.vault.wrapping.unwrap("voiceprints", made, PASSPHRASE))
    (voice,) = content["voiceprints"]
    assert [sorted(each) for each in voice["takes"]] == [["embedding"]] * 3
    assert "created" not in json.dumps(content)


def test_a_voice_that_somebody_else_has_here_is_decided_about(here: Site, there: Site) -> None:
    made = files_of(here).export("p1", PASSPHRASE)
    with there.database() as work:
        work.people.add(person("other"))
        work.people.save_voiceprint("other", voiceprint(1), quality(), START)
        work.commit()
    target = files_of(there)
    with pytest.raises(DuplicateFound) as caught:
        target.import_(made, PASSPHRASE, consent=True)
    assert [each.user_id for each in caught.value.candidates] == ["other"]
    with there.database() as work:
        assert work.people.user_ids() == ["other"]
        assert work.audit.find(AuditQuery(limit=1))[0].action == AuditAction.ENROLLMENT_REFUSED
    done = target.import_(
        made, PASSPHRASE, consent=True, decision=DuplicateDecision("the same person, two jobs")
    )
    assert [each.user_id for each in done.alike] == ["other"]
    with there.database() as work:
        assert work.people.user_ids() == ["other", "p1"]
        decided, imported = work.audit.find(AuditQuery(limit=2))
        assert decided.details["reason"] == "the same person, two jobs"
        assert tuple(imported.details["voiceprint"]) == work.people.enrollment_ids("p1")


def test_who_may_not(here: Site) -> None:
    files = files_of(here)
    with pytest.raises(UnknownUser):
        files.export("nobody", PASSPHRASE)
    with here.database() as work:
        work.people.remove_voiceprint("p1", MODEL)
        work.commit()
    with pytest.raises(NotEnrolled):
        files.export("p1", PASSPHRASE)
    with acting_as(VISITOR), pytest.raises(NotPermitted):
        files.export("p1", PASSPHRASE)
