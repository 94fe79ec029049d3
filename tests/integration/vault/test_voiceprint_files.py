"""A person's voiceprints go from one kiosk to another, and only there does the voice match."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.acting import SYSTEM, VISITOR, acting_as
from kiosk.core.errors import (
    AlreadyEnrolled,
    ConsentMissing,
    InvalidInput,
    NotEnrolled,
    NotPermitted,
    UnknownUser,
    WrongPassphrase,
)
from kiosk.services.engine import VoiceEngine
from kiosk.services.voiceprint_files import VoiceprintFiles
from tests.fakes.clock import FixedClock
from tests.fakes.consent import site_consents
from tests.fakes.samples import MODEL, voiceprint
from tests.integration.vault.kit import Site, numbers_of, same, traces
from tests.unit.services.kit import FakeShelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    return VoiceprintFiles(
        site.database,
        VoiceEngine(FakeShelf()),
        site.vault.wrapping,
        FixedClock(),
        site.activity,
        site_consents(site.database),
    )


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
        assert work.people.takes("p1", MODEL)[2].quality["net_speech_s"] == 5.0


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
