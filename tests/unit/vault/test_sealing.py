"""Sealed templates score as before, open nowhere else, and fail closed when altered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core.errors import TemplateUnreadable
from kiosk.core.keys.ports import Binding, Sealed
from kiosk.core.voice.embedding import Embedding, cosine
from kiosk.vault.ring import Key
from kiosk.vault.sealing import Box, Cipher
from tests.fakes.clock import START
from tests.fakes.samples import DIM, MODEL, embedding

if TYPE_CHECKING:
    from collections.abc import Callable

TAKE = Binding("test1", MODEL, "take", 0, "e1", 3)


def box(kiosk_id: str = "kiosk-1", key_id: str = "key-1", secret: int = 1) -> Box:
    cipher = Cipher(kiosk_id, Key(key_id, bytes([secret]) * 32, START))
    return Box(lambda _: cipher)


@pytest.mark.parametrize("dim", [1, 2, 192, 512])
def test_scores_do_not_change(dim: int) -> None:
    sealing = box()
    takes = [embedding(seed, dim=dim) for seed in range(6)]
    opened = [sealing.open(sealing.seal(each, TAKE), TAKE) for each in takes]
    for one, its_copy in zip(takes, opened, strict=True):
        assert its_copy.vector.dtype == np.float32
        for other in takes:
            assert abs(cosine(one, other) - cosine(its_copy, other)) < 1e-5


def test_many_are_opened_as_each_alone() -> None:
    sealing = box()
    made = [(embedding(n, dim=DIM if n % 3 else 64), replace(TAKE, position=n)) for n in range(20)]
    items = [(sealing.seal(each, binding), binding) for each, binding in made]
    together = sealing.open_all(items)
    for (each, binding), (sealed, _), opened in zip(made, items, together, strict=True):
        assert opened.vector == pytest.approx(each.vector, abs=1e-6)
        assert opened.vector == pytest.approx(sealing.open(sealed, binding).vector, abs=1e-6)
        assert opened.vector.flags.owndata


def test_templates_of_one_person_on_two_kiosks_do_not_match() -> None:
    def template(kiosk: Box, voice: Embedding) -> Embedding:
        """Return what is encrypted: what an attacker with the cipher's key would see."""
        cipher = kiosk._cipher(None)
        rotated = cipher.rotation(voice.dim) @ voice.vector.astype(np.float64)
        return Embedding(rotated.astype(np.float32), voice.model_id)

    here, there = box("kiosk-1", secret=1), box("kiosk-2", secret=2)
    scores = []
    for seed in range(100):
        voice = embedding(seed)
        # The template is what the cipher holds, indeed.
        sealed = here.seal(voice, TAKE)
        held = np.frombuffer(here._cipher(None).decrypt("embedding", sealed.data, TAKE), "<f4")
        assert held == pytest.approx(template(here, voice).vector, abs=1e-6)
        assert cosine(template(here, voice), template(here, voice)) > 0.999
        scores.append(cosine(template(here, voice), template(there, voice)))
    # Of unrelated directions in 192 dimensions: mean 0, standard deviation 1/sqrt(192) = 0.07.
    assert abs(float(np.mean(scores))) < 0.03
    assert float(np.abs(scores).max()) < 0.35


@pytest.mark.parametrize(
    "other",
    [
        replace(TAKE, user_id="test2"),
        replace(TAKE, model_id="other"),
        replace(TAKE, purpose="adapted"),
        replace(TAKE, position=1),
        replace(TAKE, enrollment_id="e2"),
        replace(TAKE, takes=2),
        Binding("test1" + MODEL, "", "take", 0, "e1", 3),
        Binding("test", "1" + MODEL, "take", 0, "e1", 3),
        Binding("test1", MODEL, "take", 0, "e", 13),
    ],
)
def test_each_part_of_the_binding_matters(other: Binding) -> None:
    sealing = box()
    sealed = sealing.seal(embedding(1), TAKE)
    with pytest.raises(TemplateUnreadable):
        sealing.open(sealed, other)


def test_binding_to_something_else_changes_no_bit_of_the_template() -> None:
    sealing, later = box(), replace(TAKE, enrollment_id="e2", takes=4)
    sealed = sealing.seal(embedding(1), TAKE)
    exact = sealing.open(sealed, TAKE).vector.tolist()
    bound = sealing.rebind(sealed, TAKE, later)
    assert bound.key_id == sealed.key_id
    assert sealing.open(bound, later).vector.tolist() == exact
    with pytest.raises(TemplateUnreadable):
        sealing.open(bound, TAKE)
    with pytest.raises(TemplateUnreadable):
        sealing.rebind(sealed, later, TAKE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        lambda: box(kiosk_id="kiosk-2"),
        lambda: box(key_id="key-2"),
        lambda: box(secret=2),
    ],
    ids=["kiosk", "key id", "key"],
)
def test_another_kiosk_or_key_opens_nothing(elsewhere: Callable[[], Box]) -> None:
    with pytest.raises(TemplateUnreadable, match="test1"):
        elsewhere().open(box().seal(embedding(1), TAKE), TAKE)


def test_a_recording_is_no_embedding() -> None:
    sealing = box()
    data = embedding(1).vector.tobytes()
    sealed = sealing.seal_bytes(data, TAKE)
    assert sealing.open_bytes(sealed, TAKE) == data
    with pytest.raises(TemplateUnreadable):
        sealing.open(sealed, TAKE)
    with pytest.raises(TemplateUnreadable):
        sealing.open_bytes(sealing.seal(embedding(1), TAKE), TAKE)


@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
@settings(max_examples=200, deadline=None)
def test_one_altered_bit_anywhere_is_found(place: int, bit: int) -> None:
    sealing = box()
    sealed = sealing.seal(embedding(1), TAKE)
    altered = bytearray(sealed.data)
    altered[place % len(altered)] ^= 1 << bit
    with pytest.raises(TemplateUnreadable):
        sealing.open(Sealed(sealed.key_id, bytes(altered)), TAKE)


@pytest.mark.parametrize("length", [0, 1, 12, 13, 28, 29, 100])
def test_a_part_is_nothing(length: int) -> None:
    sealing = box()
    sealed = sealing.seal(embedding(1), TAKE)
    with pytest.raises(TemplateUnreadable):
        sealing.open(Sealed(sealed.key_id, sealed.data[:length]), TAKE)


def test_the_same_is_never_sealed_the_same() -> None:
    sealing = box()
    made = {sealing.seal(embedding(1), TAKE).data for _ in range(50)}
    assert len({data[1:13] for data in made}) == 50


@pytest.mark.parametrize("vector", [[0.5, 0.5], [float("nan"), 1.0], [[1.0, 0.0]], []])
def test_what_is_no_direction_is_not_sealed(vector: list[float]) -> None:
    with pytest.raises(ValueError, match="unit norm"):
        box().seal(Embedding(np.array(vector, np.float32), MODEL), TAKE)


def test_nothing_secret_is_shown() -> None:
    key = Key("key-1", b"S" * 32, START)
    shown = repr((key, Cipher("kiosk-1", key), box().seal(embedding(1), TAKE)))
    assert "SSSS" not in shown
    assert "\\x" not in shown
