from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kiosk.core.errors import ModelAltered, ModelRefused
from kiosk.speaker.bundles.bundle import Bundle, write_manifest
from kiosk.speaker.bundles.cohort import MAX_COHORT_BYTES, parse_cohort

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 8
ROWS = np.random.default_rng(1).normal(size=(5, SIZE)).astype(np.float16)


def npy(array: Any, *, pickled: bool = False) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=pickled)
    return stream.getvalue()


def bundle(folder: Path, content: bytes | None) -> Bundle:
    folder.mkdir()
    (folder / "hyperparams.yaml").write_text("a: 1\n")
    (folder / "embedding_model.ckpt").write_bytes(b"weights")
    if content is not None:
        (folder / "cohort.npy").write_bytes(content)
    return write_manifest(
        folder,
        model_id="test-1",
        title="A test",
        embedding_size=SIZE,
        normalize=False,
        threshold=0.25,
        threshold_basis="made up",
        licence="MIT",
        source="nowhere",
    )


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_rows_come_back_as_unit_vectors(tmp_path: Path, kind: type[np.floating]) -> None:
    rows = ROWS.astype(kind)
    found = bundle(tmp_path / "m", npy(rows)).cohort()
    assert found is not None
    assert found.dtype == np.float32
    assert found.shape == (5, SIZE)
    expected = rows.astype(np.float64) / np.linalg.norm(rows.astype(np.float64), axis=1)[:, None]
    assert np.allclose(found, expected, atol=1e-7)
    assert not found.flags.writeable


def test_a_model_may_come_without(tmp_path: Path) -> None:
    assert bundle(tmp_path / "m", None).cohort() is None


def test_what_the_manifest_does_not_list_is_not_read(tmp_path: Path) -> None:
    made = bundle(tmp_path / "m", None)
    (made.folder / "cohort.npy").write_bytes(npy(ROWS))
    assert made.cohort() is None


def test_an_altered_cohort_is_not_used(tmp_path: Path) -> None:
    made = bundle(tmp_path / "m", npy(ROWS))
    (made.folder / "cohort.npy").write_bytes(npy(-ROWS))
    with pytest.raises(ModelAltered, match=r"cohort\.npy"):
        made.cohort()
    (made.folder / "cohort.npy").unlink()
    with pytest.raises(ModelAltered, match=r"cohort\.npy .* missing"):
        made.cohort()
    (tmp_path / "elsewhere").write_bytes(npy(ROWS))
    (made.folder / "cohort.npy").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ModelRefused, match="not a file"):
        made.cohort()


def test_a_cohort_that_is_too_large_is_refused(tmp_path: Path) -> None:
    many = np.ones((MAX_COHORT_BYTES // 2 // SIZE, SIZE), np.float16)
    with pytest.raises(ModelRefused, match="too large"):
        bundle(tmp_path / "m", npy(many)).cohort()


def spoilt(row: float) -> bytes:
    rows = ROWS.astype(np.float32)
    rows[2] = row
    return npy(rows)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not an array",
        npy(ROWS)[:-2],
        npy(ROWS) + b"more",
        npy(ROWS[:, :-1]),
        npy(ROWS[0]),
        npy(ROWS[:0]),
        npy(np.asfortranarray(ROWS)),
        npy(ROWS.astype(np.float64)),
        npy((ROWS * 100).astype(np.int32)),
        npy(np.array([[{"a": 1}] * SIZE], dtype=object), pickled=True),
        npy(ROWS).replace(b"(5, 8)", b"(9, 8)"),
        b"\x93NUMPY\x09\x09" + npy(ROWS)[8:],
        spoilt(0.0),
        spoilt(np.nan),
        spoilt(np.inf),
    ],
    ids=[
        "empty",
        "something else",
        "cut off",
        "something behind",
        "other size",
        "one row only",
        "nobody",
        "by column",
        "double precision",
        "whole numbers",
        "objects",
        "more rows than there are",
        "unknown version",
        "no direction",
        "not a number",
        "infinite",
    ],
)
def test_what_is_no_cohort_is_refused(content: bytes) -> None:
    with pytest.raises(ModelRefused, match=r"cohort\.npy"):
        parse_cohort(content, SIZE)


def test_a_huge_shape_is_refused_before_it_is_allocated() -> None:
    head = npy(np.zeros((10_000_000, 0), np.float16))
    lying = head.replace(b"(10000000, 0)", b"(99999999, 8)")
    assert lying != head
    with pytest.raises(ModelRefused, match="cut off"):
        parse_cohort(lying, SIZE)
