"""What every PIN hasher does: the real one and the fast one of unit tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.secrets import Argon2PinHasher
from tests.fakes.pins import FastPinHasher

if TYPE_CHECKING:
    from kiosk.core.ports import PinHasher


@pytest.mark.parametrize("hasher", [Argon2PinHasher(), FastPinHasher()], ids=["argon2", "fast"])
def test_only_the_pin_of_a_hash_matches(hasher: PinHasher) -> None:
    hashed = hasher.hash("2468")
    assert "2468" not in hashed
    assert hasher.hash("2468") != hashed
    assert hasher.matches(hashed, "2468")
    assert not hasher.matches(hashed, "8642")
    assert not hasher.matches("no hash", "2468")
    assert not hasher.matches("", "")
