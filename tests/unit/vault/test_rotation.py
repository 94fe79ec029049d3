"""The matrix is orthogonal, Haar-distributed, and the same everywhere."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from kiosk.vault.rotation import rotation


def key(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


@pytest.mark.parametrize("dim", [1, 2, 3, 64, 192])
def test_it_is_orthogonal(dim: int) -> None:
    matrix = rotation(key(1), dim)
    assert matrix.shape == (dim, dim)
    assert np.abs(matrix @ matrix.T - np.eye(dim)).max() < 1e-12


def test_it_does_not_depend_on_the_machine() -> None:
    # Figures of one machine; another rounds sums and cosines differently, by far less than this.
    matrix = rotation(bytes(range(32)), 192)
    assert matrix[0, :3] == pytest.approx(EXPECTED_FIRST, abs=1e-11)
    assert matrix[191, 189:] == pytest.approx(EXPECTED_LAST, abs=1e-11)


def test_two_keys_and_two_sizes_are_unrelated() -> None:
    one, other = rotation(key(1), 64), rotation(key(2), 64)
    assert abs(float(np.sum(one * other))) / 64 < 0.1
    assert abs(float(np.sum(one[:32, :32] * rotation(key(1), 32)))) / 32 < 0.2


def test_it_prefers_no_direction() -> None:
    # Entries of a Haar matrix have mean 0 and variance 1/n, and traces have mean 0, variance 1
    # (Diaconis and Shahshahani, 1994); half of all determinants are -1.
    made = [rotation(key(number), 8) for number in range(400)]
    entries = np.stack(made)
    assert np.abs(entries.mean(axis=0)).max() < 5 / np.sqrt(400 * 8)
    assert np.abs(entries.var(axis=0) * 8 - 1).max() < 0.5
    traces = np.array([np.trace(matrix) for matrix in made])
    assert abs(traces.mean()) < 0.25
    assert 0.7 < traces.var() < 1.3
    flips = np.mean([np.linalg.det(matrix) < 0 for matrix in made])
    assert 0.4 < flips < 0.6


EXPECTED_FIRST = [0.03476664472479185, -0.08016019708861846, 0.07906801401516983]
EXPECTED_LAST = [0.09315604892509022, -0.005368208522250985, 0.1618952540109617]
