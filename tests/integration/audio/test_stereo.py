"""A microphone with two channels, one of which is wired the wrong way round, or dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.child import ask

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("right", "amplitude", "channel"),
    [("inverted", 0.5, 1), ("dead", 0.5, 0), ("alike", 0.45, 0)],
)
def test_the_voice_is_as_loud_as_on_the_channel_that_has_it(
    tmp_path: Path, right: str, amplitude: float, channel: int
) -> None:
    result = ask("tests.integration.audio.stereo", right, str(tmp_path)).result
    assert result["amplitude"] == pytest.approx(amplitude, rel=0.02)
    assert (result["channel"], result["offset"]) == (channel, 0.0)
