"""Two voice models, and an operator who changes them while the service runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.bootstrap import build
from kiosk.settings import load_settings
from tests.api.support import stream_with, voice_file
from tests.api.v1.support import enroll, verify
from tests.integration.cli.voice.test_models import model_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from kiosk.services.facade import Kiosk


@pytest.fixture
def operator(kiosk: Kiosk) -> Iterator[Kiosk]:
    """Return another process on the same people."""
    with build(load_settings(kiosk.data_dir)) as made:
        made.startup.run(until="storage")
        yield made


@pytest.fixture
def mine(operator: Kiosk, tmp_path: Path) -> str:
    """Return the ID of a second model, with which people are enrolled too."""
    card = operator.models.install(str(model_folder(tmp_path / "mine")), lambda *_: None)
    operator.models.set_also(card.model_id)
    return card.model_id


def test_the_second_model_is_shown(client: TestClient, kiosk: Kiosk, mine: str) -> None:
    builtin = kiosk.engine.card.model_id
    assert enroll(client, "anna", "slt").status_code == 201
    (row,) = client.get("/v1/people").json()["people"]
    assert (row["model_id"], row["model_ids"]) == (builtin, sorted([builtin, mine]))
    models = {each["model_id"]: each for each in client.get("/v1/models").json()["models"]}
    assert {key: (each["in_use"], each["also_enrolled"]) for key, each in models.items()} == {
        builtin: (True, False),
        "campplus": (False, False),
        mine: (False, True),
    }


def test_a_model_chosen_elsewhere_is_used_from_the_next_request_on(
    client: TestClient, kiosk: Kiosk, operator: Kiosk, mine: str
) -> None:
    builtin = kiosk.engine.card.model_id
    assert enroll(client, "anna", "slt").status_code == 201
    operator.models.use(mine)
    assert client.get("/vv/get_voiceprint/anna").status_code == 200
    assert kiosk.engine.card.model_id == mine
    operator.models.use(builtin)
    stream = stream_with(client, voice_file("slt", 4))
    assert client.get(f"/http_stream/voiceprint/{stream}").status_code == 200
    assert kiosk.engine.card.model_id == builtin
    operator.models.use(mine)
    models = {each["model_id"]: each for each in client.get("/v1/models").json()["models"]}
    assert (models[mine]["in_use"], models[builtin]["also_enrolled"]) == (True, True)

    answer = verify(client, "anna", voice_file("slt", 4))
    assert answer.status_code == 200, answer.text
    decided = answer.json()
    assert (decided["outcome"], decided["model_id"]) == ("verified", mine)
    made = enroll(client, "rob", "rms").json()
    assert made["model_id"] == mine
    rows = {row["external_id"]: row for row in client.get("/v1/people").json()["people"]}
    assert rows["rob"]["model_ids"] == sorted([builtin, mine])
    operator.startup.run(until="model")
    operator.verify.require_enrolled("rob")


@pytest.mark.expects_log
def test_a_model_that_is_damaged_serves_nobody(
    client: TestClient, kiosk: Kiosk, operator: Kiosk, mine: str
) -> None:
    assert enroll(client, "anna", "slt").status_code == 201
    operator.models.use(mine)
    weights = next((kiosk.data_dir / "models").rglob("embedding_model.ckpt"))
    weights.write_bytes(b"\0" + weights.read_bytes()[1:])
    for answer in (
        verify(client, "anna", voice_file("slt", 4)),
        enroll(client, "rob", "rms"),
        client.post("/v1/identifications", files={"audio": ("a", voice_file("slt", 4))}),
    ):
        assert answer.status_code == 503
        assert answer.json()["code"] == "MDL-002"
    assert [row.person.user_id for row in kiosk.people.everybody()] == ["anna"]
    assert kiosk.people.attempts("anna") == []
