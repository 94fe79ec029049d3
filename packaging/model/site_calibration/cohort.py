"""Who comes with the encoders, to normalize scores by: one sentence of each of many people."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from site_calibration.material import Piece, recording, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SHARES = {
    "common_voice_omnilingo": 800,
    "common_voice_en13": 100,
    "common_voice_en13u": 100,
    "common_voice_en4u": 100,
    "speechocean762": 100,
    "picovoice_s2i": 100,
    "librispeech": 100,
    "speech_commands": 150,
    "watson_samples": 40,
}
"""People of each source: sentences on many devices weigh most."""
_TELEPHONE = 4
"""Every so many are heard over a telephone as well."""
_LEAST_S = 2.5


def chosen(corpora: Sequence[Path], kept_out: set[str]) -> list[Piece]:
    """Return one recording of each person of the cohort, none of whom is kept out."""
    by_source: dict[str, dict[str, Piece]] = defaultdict(dict)
    for path, row in rows_of(corpora):
        speaker, seconds = row["speaker"], float(row["seconds"])
        source = speaker.split("/")[0]
        if speaker in kept_out or source not in _SHARES or seconds < _LEAST_S:
            continue
        by_source[source].setdefault(speaker, recording("cohort", speaker, path, seconds))
    found: list[Piece] = []
    generator = np.random.default_rng(1)
    for source, most in _SHARES.items():
        people = sorted(by_source[source])
        order = generator.permutation(len(people))[:most]
        found += [by_source[source][people[each]] for each in order]
    more = [
        recording("cohort", each.speaker, each.path, each.seconds, ":telephone")
        for each in found[::_TELEPHONE]
    ]
    return found + more
