from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_training.evaluation import (
    Row,
    as_text,
    embeddings_by_length,
    evaluate,
    speaker_means,
    tables_by_store,
)
from voice_training.ge2e import partials
from voice_training.judging import (
    Figures,
    TrialTable,
    equal_error_rate,
    judged,
    normalised_scores,
    scores,
)
from voice_training.store import Store
from voice_training.trials import Trial, all_trials

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples
    from voice_training.layout import Layout

GENERATOR_SEED = 3


def _table(prepared: Layout) -> tuple[Store, TrialTable]:
    store = Store.open(prepared.store("validation"))
    trials = all_trials([(i.key, i.speaker) for i in store.items], 100, seed=1)
    return store, TrialTable.of("all", trials, store)


def test_voices_that_are_told_apart_have_no_errors(prepared: Layout) -> None:
    store, table = _table(prepared)
    names = sorted({item.speaker for item in store.items})
    vectors = np.eye(len(names), dtype=np.float32)[[names.index(i.speaker) for i in store.items]]
    figures = judged(table, scores(table, vectors), replicates=20, seed=0)
    assert (figures.eer, figures.low, figures.high, figures.min_dcf) == (0.0, 0.0, 0.0, 0.0)


def test_the_interval_holds_the_rate_and_follows_its_seed(prepared: Layout) -> None:
    _, table = _table(prepared)
    generator = np.random.default_rng(GENERATOR_SEED)
    values = generator.normal(size=len(table.genuine)) + table.genuine
    figures = judged(table, values, replicates=100, seed=0)
    assert figures.eer == equal_error_rate(table, values)
    assert 0.0 <= figures.low < figures.eer < figures.high <= 1.0
    assert judged(table, values, 100, seed=0) == figures
    assert judged(table, values, 100, seed=1) != figures


def test_as_norm_against_a_computation_by_hand(prepared: Layout) -> None:
    store, table = _table(prepared)
    generator = np.random.default_rng(GENERATOR_SEED)
    vectors = generator.normal(size=(len(store), 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cohort = np.eye(4, dtype=np.float32)
    value = normalised_scores(table, vectors, cohort, neighbours=2)[0]
    one, other = vectors[table.one[0]], vectors[table.other[0]]
    sides = []
    for side in (one, other):
        near = np.sort(side)[-2:]
        sides.append((float(one @ other) - near.mean()) / near.std())
    assert value == pytest.approx(sum(sides) / 2, rel=1e-4)


def test_a_label_that_contradicts_the_speakers_is_refused(prepared: Layout) -> None:
    store = Store.open(prepared.store("validation"))
    one, other = store.items[0].key, store.items[-1].key
    with pytest.raises(ValueError, match="contradicts"):
        TrialTable.of("wrong", [Trial(True, one, other)], store)
    with pytest.raises(ValueError, match="not in the store"):
        TrialTable.of("unknown", [Trial(True, one, "nobody")], store)


def test_a_short_recording_is_encoded_once_for_all_lengths(prepared: Layout) -> None:
    heard: list[int] = []

    def embed(wave: Samples) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        heard.append(len(wave))
        return np.array([len(wave), 1.0], dtype=np.float32)

    store = Store.open(prepared.store("eval"))  # recordings of 2.0 and 2.25 s
    found = embeddings_by_length(store, embed, (None, 5.0, 2.0, 1.0))
    assert heard == [32_000, 16_000, 36_000, 32_000, 16_000] * 2
    assert found[None][:, 0].tolist() == found[5.0][:, 0].tolist()
    assert found[1.0][:, 0].tolist() == [16_000.0] * 4


def test_the_table_has_a_row_for_each_list_length_and_kind(prepared: Layout) -> None:
    def embed(wave: Samples) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        spectrum = np.abs(np.fft.rfft(wave, 2048))[:256].reshape(64, 4).mean(axis=1)
        return np.asarray(spectrum / np.linalg.norm(spectrum), dtype=np.float32)

    cohort = speaker_means(Store.open(prepared.store("train")), embed, 5)
    rows = list(
        evaluate(prepared, {"plain": embed}, {"plain": cohort}, 5, lambda _: None, (None, 1.0))
    )
    lists = ("eval", "validation", "validation-books", "validation-words")
    assert {(r.trials, r.seconds, r.encoder) for r in rows} == {
        (name, seconds, kind)
        for name in lists
        for seconds in (None, 1.0)
        for kind in ("plain", "plain + AS-norm")
    }
    pooled = next(r for r in rows if r.trials == "validation")
    parts = [r for r in rows if r.trials.startswith("validation-") and r.encoder == pooled.encoder]
    assert pooled.genuine == sum(r.genuine for r in parts if r.seconds is None)
    assert len(as_text(rows).splitlines()) == 2 + len(rows)


def test_the_text_says_percent() -> None:
    row = Row("student", "eval", 3.0, 450, 4500, Figures(0.0123, 0.004, 0.021, 0.25))
    assert as_text([row]).splitlines()[-1] == (
        "| eval | 3 s | student | 1.23 % (0.40 to 2.10) | 0.250 |"
    )


def test_the_cohort_is_one_unit_row_a_speaker(prepared: Layout) -> None:
    store = Store.open(prepared.store("train"))

    def embed(wave: Samples) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.array([float(np.std(wave)), len(wave) / 16_000], dtype=np.float32)

    assert speaker_means(store, embed, 6).shape == (6, 2)
    everybody = speaker_means(store, embed, 100)
    assert everybody.shape == (8, 2)
    assert np.allclose(np.linalg.norm(everybody, axis=1), 1.0)


def test_lists_of_one_store_are_pooled(prepared: Layout) -> None:
    tables = tables_by_store(prepared)
    assert [table.name for table in tables["eval"]] == ["eval"]
    *parts, pooled = tables["validation"]
    assert [table.name for table in parts] == ["validation-books", "validation-words"]
    assert pooled.name == "validation"
    assert len(pooled.genuine) == sum(len(table.genuine) for table in parts)


@pytest.mark.parametrize(
    ("seconds", "starts"),
    [
        (1.0, [0]),
        (1.6, [0]),
        (1.9, [0]),
        (2.0, [0, 77]),
        (3.0, [0, 77, 154]),
        (2.5, [0, 77]),
        (2.9, [0, 77, 154]),
    ],
)
def test_partials_of_the_baseline_cover_the_wave(seconds: float, starts: list[int]) -> None:
    assert partials(int(seconds * 16_000)) == starts
