"""What the schema says is what the routes do: generated requests, valid ones and broken ones.

``SCHEMA_EXAMPLES=200 pytest tests/api/answers/test_schema.py`` looks longer; by default a few
requests of each kind are made for every operation, always the same ones.
"""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.errors import FailureGroup
from schemathesis.specs.openapi import checks

from kiosk.api.app import create_app
from kiosk.api.limits.rates import RateLimiter
from kiosk.core.accounts.credentials import Right
from kiosk.core.api_policy import ApiPolicy
from tests.api.support import base64_of, client_of, service, serving, take, voice_file
from tests.api.v1.support import PROBLEM, key_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kiosk.api.context import Context
    from kiosk.services.facade import Kiosk

Case = schemathesis.Case[Any]
EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "2"))
_OFTEN = ApiPolicy(rate_per_minute=10**9, burst=10**9)
_ANNA = "anna"

pytestmark = [pytest.mark.timeout(14_400), pytest.mark.expects_log]


@pytest.fixture
def busy(kiosk: Kiosk) -> Iterator[Context]:
    """Return a service that other machines use, all routes open, as often as they like."""
    with service(kiosk, host="0.0.0.0", seed_engine_open=True) as context:
        yield replace(context, limiter=RateLimiter(_OFTEN))


class _Realistic:
    """Puts a known person, a live stream and a real recording into generated requests."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._take = take(context.kiosk, "slt", 0)

    def __call__(self, case: Case) -> None:
        """Change a request so that it reaches further than the checks of its form."""
        people = self._context.kiosk.people
        if all(row.person.user_id != _ANNA for row in people.everybody()):
            self._context.kiosk.enroll.save(_ANNA, "", [self._take], consent=True)
        for values in (case.path_parameters, case.body):
            if not isinstance(values, dict):
                continue
            for name in values:
                if name == "external_id":
                    values[name] = _ANNA
                elif name == "uuid":
                    values[name] = self._stream()
                elif name == "data":
                    values[name] = base64_of(voice_file("slt", 3)[:30_001])
                elif name == "audio":
                    recording: Any = voice_file("slt", 3)
                    values[name] = [recording] if isinstance(values[name], list) else recording

    def _stream(self) -> str:
        streams = self._context.streams
        for old in streams.ids():
            streams.delete(old)
        stream = streams.create()
        streams.append(stream, voice_file("slt", 3))
        return stream


def _can_be_wrong(operation: Any) -> bool:
    """Return whether some request would break the schema: there is a body, or some rule for IDs."""
    rules = operation.path.startswith("/v1") and (operation.path_parameters or operation.query)
    return bool(operation.body or rules)


def _left_out(operation: Any, mode: GenerationMode) -> list[Any]:
    """Return the checks that an operation cannot be held to.

    Whether a cursor was ever given out, a file is a recording, or an ID of the seed's clients is
    one of ours, no schema tells. Wrong keys are limited more strictly than the check believes; they
    have a test of their own below.
    """
    left_out = [checks.ignored_auth]
    names = {parameter.name for parameter in operation.query}
    depends = "cursor" in names or "multipart" in str(operation.definition.raw)
    if depends or mode is GenerationMode.NEGATIVE or not operation.path.startswith("/v1"):
        left_out.append(checks.positive_data_acceptance)
    if depends or not operation.path.startswith("/v1"):
        left_out.append(checks.negative_data_rejection)
    return left_out


def _texts(value: Any) -> str:
    """Return all texts within a body, one after the other."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "".join(map(_texts, [*value, *value.values()]))
    return "".join(map(_texts, value)) if isinstance(value, list | tuple) else ""


def _examine(
    operation: Any, mode: GenerationMode, headers: dict[str, str], make_real: _Realistic
) -> tuple[Counter[str], dict[str, str]]:
    """Return the answers to generated requests by status, and what was wrong with them."""
    answers: Counter[str] = Counter()
    broken: dict[str, str] = {}
    left_out = _left_out(operation, mode)

    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize="SCHEMA_EXAMPLES" not in os.environ,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case, real: bool) -> None:
        # The generator takes whole blocks for \p{M}, with places that no character has yet.
        assume("Cn" not in {unicodedata.category(each) for each in _texts(case.body)})
        if real and mode is GenerationMode.POSITIVE:
            make_real(case)
        response = case.call(headers=headers)
        label = f"{operation.label} {response.status_code}"
        answers[label] += 1
        try:
            case.validate_response(response, excluded_checks=left_out, headers=headers)
            assert response.status_code != 500, response.text
        except (AssertionError, FailureGroup) as error:
            broken.setdefault(label, str(error))

    ask()
    return answers, broken


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_operation_does_what_the_schema_says(
    busy: Context, mode: GenerationMode, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(busy)
    headers = key_with(busy.kiosk, *Right)
    make_real = _Realistic(busy)
    answers: Counter[str] = Counter()
    broken: dict[str, str] = {}
    # The application believes that it can be reached from elsewhere, and so asks for the key.
    with serving(app, ApiPolicy(port=0)) as address:
        schema = schemathesis.openapi.from_dict(app.openapi())
        schema.config.update(base_url=address, headers=headers)
        for result in schema.get_all_operations():
            assert isinstance(result, Ok)
            operation = result.ok()
            if mode is GenerationMode.NEGATIVE and not _can_be_wrong(operation):
                continue
            asked, wrong = _examine(operation, mode, headers, make_real)
            answers += asked
            broken |= wrong
    if "SCHEMA_EXAMPLES" in os.environ:
        with capsys.disabled():
            print("", *(f"{count:6} {label}" for label, count in sorted(answers.items())), sep="\n")
    assert "\n".join(f"{label}: {error}" for label, error in broken.items()) == ""
    assert answers.total() > EXAMPLES * 10


def test_every_documented_operation_asks_for_a_key(kiosk: Kiosk) -> None:
    with service(kiosk, host="0.0.0.0", seed_engine_open=True) as made:
        context = replace(made, limiter=RateLimiter(_OFTEN))
        with client_of(context, "192.0.2.1") as client:
            powerless = key_with(kiosk, Right.VOICEPRINTS)
            document = create_app(context).openapi()
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    address = path.replace("{external_id}", _ANNA).replace("{uuid}", "x")
                    label = f"{method} {path}"
                    if not operation.get("security"):
                        assert client.request(method, address).status_code == 200, label
                        continue
                    answer = client.request(method, address)
                    assert answer.status_code == 401, label
                    assert answer.headers["www-authenticate"].startswith("Bearer"), label
                    ours = path.startswith("/v1/")
                    assert (answer.headers["content-type"] == PROBLEM) == ours, label
                    if "voiceprint" not in path and "compare_vp" not in path:
                        refused = client.request(method, address, headers=powerless)
                        assert refused.status_code == 403, label
