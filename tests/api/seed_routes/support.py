"""What tests of the seed's routes share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.testclient import TestClient

NOWHERE = "4d038bd4-8d92-4d16-8697-36770463c4d8"
"""The ID of no stream."""


def claim(stream: str, user_id: str = "anna") -> dict[str, str]:
    return {"uuid": stream, "external_id": user_id}


def refused(answer: Any, status: int, part: str) -> None:
    """Check that a request was refused in the seed's shape, with words that say this."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"message"}
    assert part in answer.json()["message"]


def post(client: TestClient, route: str, body: Any) -> Any:
    """Send JSON in ASCII, which holds what is no valid Unicode, too."""
    headers = {"Content-Type": "application/json"}
    return client.post(route, content=json.dumps(body), headers=headers)
