"""Which speakers are trained on, and which are kept to judge by.

The split depends on nothing but the seed and the names: each speaker's place is the hash of both,
so that a corpus that grows keeps the held-out speakers it had, as far as they still qualify.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from voice_training.recipe import Pieces, Validation


@dataclass(frozen=True)
class Utterance:
    """A line of a corpus list.

    Attributes:
        speaker: named ``SOURCE/ID``.
        path: below the folder.
        seconds: length.
        language: where the list names one.
        folder: of the recordings.
    """

    speaker: str
    path: str
    seconds: float
    language: str = ""
    folder: Path = Path()

    @property
    def corpus(self) -> str:
        """Return the corpus: what stands before the first slash of the speaker."""
        return self.speaker.split("/", 1)[0]


def read_list(path: Path) -> list[Utterance]:
    """Read a tab-separated list with a heading; the recordings lie in a folder of its name.

    The first columns are speaker (or kind), path and seconds; ``language`` is read where there is
    such a column, others are passed over.

    Raises:
        OSError: it cannot be read.
        ValueError: a line has fewer columns or no length.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream, dialect="excel-tab")
        heading = next(rows, [])
        place = heading.index("language") if "language" in heading else None
        return [
            Utterance(
                speaker,
                name,
                float(seconds),
                "" if place is None else rest[place - 3],
                path.with_suffix(""),
            )
            for speaker, name, seconds, *rest in rows
        ]


def order_key(seed: int, name: str) -> str:
    """Return the place of a name in an order that looks random and never changes."""
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()


def spans(count: int, longest: int, shortest: int) -> list[tuple[int, int]]:
    """Cut ``count`` samples into equal spans of at most ``longest`` samples.

    Returns:
        ``(start, stop)`` pairs; empty when even the whole is below ``shortest``.
    """
    if count < shortest:
        return []
    parts = -(-count // longest)
    edges = [count * part // parts for part in range(parts + 1)]
    return list(pairwise(edges))


def held_out(utterances: Iterable[Utterance], wanted: Validation, seed: int) -> frozenset[str]:
    """Return the speakers to keep out of training.

    Raises:
        ValueError: a source has too few speakers with enough recordings.
    """
    recordings: dict[str, dict[str, int]] = {}
    chosen: set[str] = set()
    for utterance in utterances:
        counts = recordings.setdefault(utterance.corpus, {})
        cut = wanted.cut_seconds.get(utterance.corpus)
        usable = 1 if cut is None else int(utterance.seconds // cut)
        counts[utterance.speaker] = counts.get(utterance.speaker, 0) + usable
        if utterance.language in wanted.languages.get(utterance.corpus, ()):
            chosen.add(utterance.speaker)
    for corpus, number in sorted(wanted.speakers.items()):
        left = {s: count for s, count in recordings.get(corpus, {}).items() if s not in chosen}
        least = wanted.more_recordings.get(corpus, wanted.min_recordings)
        chosen.update(_choose(left, least, number, seed))
    known = [speaker for counts in recordings.values() for speaker in counts]
    return frozenset(chosen | _same_people(chosen, known, wanted.same_people))


def _same_people(
    chosen: Iterable[str], known: Iterable[str], groups: Iterable[Iterable[str]]
) -> set[str]:
    """Return everybody who has the number of somebody chosen in a source of the same group."""
    group = {source: place for place, sources in enumerate(groups) for source in sources}

    def identity(speaker: str) -> tuple[object, str]:
        source, number = speaker.split("/", 1)
        return group.get(source, source), number

    taken = {identity(speaker) for speaker in chosen}
    return {speaker for speaker in known if identity(speaker) in taken}


def _choose(counts: Mapping[str, int], least: int, number: int, seed: int) -> list[str]:
    fit = sorted(
        (speaker for speaker, count in counts.items() if count >= least),
        key=lambda speaker: order_key(seed, speaker),
    )
    if len(fit) < number:
        raise ValueError(f"only {len(fit)} of {number} speakers have {least} recordings")
    return fit[:number]


def piece_spans(count: int, rate: int, pieces: Pieces) -> list[tuple[int, int]]:
    """Return how a training utterance of ``count`` samples is cut; see :func:`spans`."""
    return spans(count, int(pieces.max_seconds * rate), int(pieces.min_seconds * rate))
