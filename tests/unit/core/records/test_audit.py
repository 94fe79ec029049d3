"""What a record may hold, and that nothing biometric fits into one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.accounts.acting import VISITOR
from kiosk.core.records.audit import MAX_SUBJECT, MAX_TEXT, AuditAction, AuditEvent, Tail
from kiosk.core.records.canonical import canonical, parse
from kiosk.core.voice.embedding import Embedding
from tests.fakes.records.audit import chain_of_tests

if TYPE_CHECKING:
    from collections.abc import Mapping

EMBEDDING = np.linspace(-1, 1, 192, dtype=np.float32)


def record_of(subject: str | None = None, details: Mapping[str, Any] | None = None) -> str:
    event = AuditEvent(AuditAction.VERIFIED, subject, details or {})
    records, _ = chain_of_tests().extend(Tail(), event, VISITOR)
    return records[-1].record


@pytest.mark.parametrize(
    "value",
    [
        EMBEDDING,
        EMBEDDING.tolist(),
        tuple(EMBEDDING.tolist()),
        EMBEDDING.tobytes(),
        bytearray(EMBEDDING.tobytes()),
        memoryview(EMBEDDING.tobytes()),
        Embedding.of(EMBEDDING, "model"),
        {"embedding": 1.0},
        [[1.0]],
        np.float32(0.5),
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_embedding_or_sound_of_any_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="neither a scalar nor a text"):
        AuditEvent(AuditAction.ENROLLED, "anna", {"found": value})


def test_too_many_details_are_refused() -> None:
    numbers = {f"n{i}": float(each) for i, each in enumerate(EMBEDDING)}
    with pytest.raises(ValueError, match="at most"):
        AuditEvent(AuditAction.ENROLLED, "anna", numbers)


@given(st.binary(min_size=192 * 4, max_size=192 * 4))
def test_no_text_form_of_an_embedding_fits(embedding: bytes) -> None:
    import base64

    for text in (embedding.hex(), base64.b64encode(embedding).decode(), embedding.decode("latin1")):
        record = record_of(text, {"text": text, "list": (text,)})
        assert text not in record
        assert len(parse(record)["details"]["text"]) <= MAX_TEXT  # type: ignore[index]
        assert len(parse(record)["subject"]) <= MAX_SUBJECT  # type: ignore[index]


scalars = (
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=400)
)
names = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)


@given(
    st.text(max_size=200) | st.none(),
    st.dictionaries(names, scalars | st.lists(st.text(max_size=100), max_size=30), max_size=24),
)
def test_whatever_is_recorded_can_be_stored_and_read_again(
    subject: str | None, details: dict[str, Any]
) -> None:
    record = record_of(subject, details)
    said = parse(record)
    assert said is not None
    record.encode("utf-8")  # no lone surrogate: no database takes them
    assert "\x00" not in record
    assert said["details"].keys() == details.keys()
    for value in said["details"].values():
        if isinstance(value, list):
            assert all(isinstance(each, str) for each in value)
        else:
            assert value is None or isinstance(value, str | int | float)
    assert canonical(said) == record


def test_canonical_json_is_sorted_dense_and_utf_8() -> None:
    text = canonical({"b": [1.0, 1e-07], "a": {"ü": None, "c": "€\n"}})
    assert text == '{"a":{"c":"€\\n","ü":null},"b":[1.0,1e-07]}'
    assert json.loads(text)["b"] == [1.0, 1e-07]
    with pytest.raises(ValueError, match="JSON"):
        canonical({"score": float("nan")})


def test_the_first_record_says_from_which_version_on_the_chain_exists() -> None:
    event = AuditEvent(AuditAction.ENROLLED, "anna")
    records, head = chain_of_tests().extend(Tail(), event, VISITOR)
    assert [(each.seq, each.action) for each in records] == [
        (1, "chain.begun"),
        (2, "person.enrolled"),
    ]
    assert records[0].details == {"version": "1.2.3", "kiosk_id": "0" * 32}
    assert head.seq == 2
