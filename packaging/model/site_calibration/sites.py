"""Arranges people as sites, and scores them with the kiosk's own code."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.voice.calibration import Calibration, Tail, Trust
from kiosk.core.voice.embedding import Embedding, Voiceprint
from kiosk.core.voice.heard import Voice
from kiosk.core.voice.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from kiosk.core.voice.normalization import Scores, Vectors
    from site_calibration.material import Piece

TAKES = 3
SIZES = (1, 2, 4, 8, 20, 40)
TOP = 200
_PROBE_S = 2.9
"""Probes are of three seconds or more."""
_STRANGERS = 40
_MOST_PROBES = 400


@dataclass(frozen=True)
class Arranged:
    """One site as each encoder scores it.

    Attributes:
        group: whose people they are.
        people: enrolled.
        genuine: by encoder, scores of probes against the speaker's own voice.
        impostor: by encoder, scores of probes against everybody else's.
        gallery: by encoder, scores of enrolled takes against everybody else's voice.
        agreement: by encoder, how alike the takes of one person are.
        between: by encoder, scores of every two takes of one person.
        intruding: by encoder, scores of somebody's take with each of two takes of another person.
    """

    group: str
    people: int
    genuine: Mapping[str, Scores]
    impostor: Mapping[str, Scores]
    gallery: Mapping[str, Scores]
    agreement: Mapping[str, float]
    between: Mapping[str, Scores]
    intruding: Mapping[str, Scores]


def bare(model_id: str) -> Calibration:
    """Return a calibration that leaves the normalized score of one encoder as it is."""
    tail = Tail(1, (1.0, 10.0), (0.0, 1.0))
    return Calibration(
        models=(model_id,),
        weights=(1.0,),
        top=TOP,
        mean=(0.0, 0.0),
        spread=(1.0, 0.0),
        typical=0.0,
        trust=Trust(1.0, 1.0, 1.0),
        tails=(tail,),
        llr=(1.0, 0.0),
        agreement=0.0,
    )


class Arranger:
    """Draws sites from pieces.

    Args:
        pieces: everything.
        vectors: by encoder, one row for each piece.
        cohorts: by encoder, who comes with it.
    """

    def __init__(
        self,
        pieces: Sequence[Piece],
        vectors: Mapping[str, Vectors],
        cohorts: Mapping[str, Vectors],
    ) -> None:
        self._pieces = pieces
        self._vectors = vectors
        self._cohorts = cohorts
        self._of: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for row, piece in enumerate(pieces):
            self._of[piece.group][piece.speaker].append(row)

    def sites(self, repeats: int) -> Iterator[Arranged]:
        """Yield sites of every group and size; of small sizes more than of large ones."""
        for place, group in enumerate(sorted(self._of)):
            for size in SIZES:
                for repeat in range(repeats * (3 if size <= 2 else 2 if size <= 4 else 1)):
                    generator = np.random.default_rng([place, size, repeat])
                    site = self._site(group, size, generator)
                    if site is None:
                        break
                    yield site

    def _site(self, group: str, size: int, generator: np.random.Generator) -> Arranged | None:
        able = [each for each, rows in sorted(self._of[group].items()) if self._enough(rows)]
        if len(able) < size + 2:
            return None
        names = [able[each] for each in generator.permutation(len(able))]
        takes: dict[str, list[int]] = {}
        probes: list[tuple[int, str | None]] = []
        for name in names[:size]:
            rows = self._of[group][name]
            whole = [row for row in rows if self._pieces[row].kind.startswith("whole")]
            takes[name] = [whole[each] for each in generator.permutation(len(whole))[:TAKES]]
            used = {self._pieces[row].name for row in takes[name]}
            probes += [
                (row, name)
                for row in rows
                if self._pieces[row].name not in used and self._long(row)
            ]
        for name in names[size : size + _STRANGERS]:
            probes += [(row, None) for row in self._of[group][name] if self._long(row)]
        if len(probes) > _MOST_PROBES:
            chosen = generator.choice(len(probes), _MOST_PROBES, replace=False)
            probes = [probes[each] for each in chosen]
        return self._scored(group, takes, probes)

    def _enough(self, rows: Sequence[int]) -> bool:
        return sum(self._pieces[row].kind.startswith("whole") for row in rows) > TAKES

    def _long(self, row: int) -> bool:
        return self._pieces[row].seconds >= _PROBE_S

    def _scored(
        self,
        group: str,
        takes: Mapping[str, Sequence[int]],
        probes: Sequence[tuple[int, str | None]],
    ) -> Arranged:
        rows = np.array([row for row, _ in probes], dtype=np.intp)
        found: dict[str, dict[str, npt.NDArray[np.float64] | float]] = defaultdict(dict)
        for model_id, vectors in self._vectors.items():
            people = {
                name: Voice((_voiceprint(vectors[list(each)], model_id),))
                for name, each in takes.items()
            }
            site = Site(bare(model_id), people, {model_id: self._cohorts[model_id]})
            scores = site.claims({model_id: vectors[rows]})
            own = np.zeros(scores.shape, dtype=bool)
            for place, (_, name) in enumerate(probes):
                if name is not None:
                    own[place, site.ids.index(name)] = True
            found["genuine"][model_id] = scores[own]
            found["impostor"][model_id] = scores[~own]
            gallery = site.impostors
            found["gallery"][model_id] = gallery[~np.isnan(gallery)]
            found["agreement"][model_id] = site.alike()
            pairs = [
                site.between({model_id: vectors[list(each)]})[np.triu_indices(len(each), 1)]
                for each in takes.values()
            ]
            found["between"][model_id] = np.stack(pairs)
            found["intruding"][model_id] = _intruding(site, model_id, vectors, takes)
        return Arranged(group=group, people=len(takes), **found)  # type: ignore[arg-type]


def _intruding(
    site: Site, model_id: str, vectors: Vectors, takes: Mapping[str, Sequence[int]]
) -> Scores:
    """Return everybody's first take with the first two of everybody else, shape ``(pairs, 2)``."""
    rows = [row for each in takes.values() for row in each]
    table = site.between({model_id: vectors[rows]})
    first = np.arange(0, len(rows), TAKES)
    both = np.stack([table[np.ix_(first, first)], table[np.ix_(first, first + 1)]], axis=2)
    return both[~np.eye(len(first), dtype=bool)]


def _voiceprint(rows: Vectors, model_id: str) -> Voiceprint:
    return Voiceprint(tuple(Embedding(row, model_id) for row in rows))
