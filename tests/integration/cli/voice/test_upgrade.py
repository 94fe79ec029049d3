"""People whom an older kiosk enrolled with one model meet today's program, and then another one."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from kiosk.bootstrap import build
from kiosk.core.accounts.acting import SYSTEM, acting_as
from kiosk.settings import load_settings
from tests.integration.cli.voice.test_models import model_folder
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli, Sounds

FIRST, SECOND = "ecapa-kiosk-2", "campplus"


@pytest.fixture
def old(cli: Cli, sounds: Sounds, data_dir: Path) -> Path:
    """Return the data of anna, whose takes are kept, and rob, as the first model knows them."""
    cli("model", "also", "none")
    assert cli("recordings", "keep", "30").code == 0
    for user, voice in (("anna", "slt"), ("rob", "rms")):
        files = [sounds(voice, number) for number in range(3)]
        assert cli("enroll", "--user", user, "--consent", *files).code == 0
        assert cli("recordings", "keep", "off").code == 0
    assert people(cli, "model_ids") == {"anna": [FIRST], "rob": [FIRST]}
    cli("model", "also", SECOND)
    return data_dir


def people(cli: Cli, what: str) -> dict[str, object]:
    return {each["user"]: each[what] for each in cli("users", "list", "--json").json["users"]}


def health(cli: Cli) -> tuple[bool, str]:
    findings = cli("doctor", "--json").json["findings"]
    found = next(each for each in findings if each["name"] == "voiceprints")
    return found["ok"], found["detail"]


def run_until_enrolled_again(data_dir: Path, whose: str) -> None:
    """Start a kiosk, and end it when it has enrolled somebody by itself."""
    with build(load_settings(data_dir)) as kiosk, acting_as(SYSTEM):
        kiosk.startup.run(until="model")
        kiosk.housekeeping.start()
        models = set(kiosk.models.comparing().models)
        waiting, until = threading.Event(), time.monotonic() + PATIENCE_S
        while not models <= kiosk.people.details(whose)[1].keys():
            assert time.monotonic() < until
            waiting.wait(0.1)
        assert kiosk.housekeeping.stop()


def test_an_upgrade_shuts_nobody_out_without_a_word(
    cli: Cli, sounds: Sounds, old: Path, tmp_path: Path
) -> None:
    # Today's program: two models decide, and whom only the first one knows is compared by it.
    assert people(cli, "compared_by") == {"anna": [FIRST], "rob": [FIRST]}
    assert health(cli) == (True, "2 people enrolled; 2 compared by fewer models than decide")
    assert "by 1 model of 2" in cli("users", "list").out
    assert cli("verify", "--user", "rob", sounds("rms", 4)).code == 0
    run_until_enrolled_again(old, "anna")
    assert people(cli, "compared_by") == {"anna": [FIRST, SECOND], "rob": [FIRST]}
    assert cli("verify", "--user", "anna", sounds("slt", 4)).code == 0

    # Another first model, which nobody measured together with a second one.
    mine = cli("model", "install", model_folder(tmp_path / "mine"), "--json").json["model_id"]
    used = cli("model", "use", mine, "--yes", "--json").json
    assert (used["reenroll"], used["weaker"]) == (["anna", "rob"], [])
    assert health(cli)[0] is False
    assert "2 must enroll again" in health(cli)[1]
    listed = cli("users", "list")
    assert "To be re-enrolled" in listed.err
    assert "kept takes of 1 of them" in listed.err
    assert people(cli, "must_enroll_again") == {"anna": True, "rob": True}
    run_until_enrolled_again(old, "anna")
    assert people(cli, "compared_by") == {"anna": [mine], "rob": []}
    assert people(cli, "must_enroll_again") == {"anna": False, "rob": True}
    assert cli("verify", "--user", "anna", sounds("slt", 4)).code == 0
    cli.refuses("USR-005", "verify", "--user", "rob", sounds("rms", 4))
