"""The whole calibration, from recordings to the files that ship."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from kiosk.speaker.bundles.bundle import Bundle
from kiosk.speaker.bundles.calibrations import CALIBRATIONS
from kiosk.speaker.bundles.manifest import COHORT, MANIFEST, sha256_of
from kiosk.speaker.encoders.loading import load_encoder
from site_calibration import material
from site_calibration.cohort import chosen
from site_calibration.fit import fit, weights_of
from site_calibration.hearing import Heard
from site_calibration.sites import Arranger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from kiosk.core.voice.calibration import Calibration
    from kiosk.core.voice.normalization import Vectors

FIRST, SECOND = "ecapa-kiosk", "campplus"
_REPEATS = 8


def calibrate(
    models: Path,
    corpora: Sequence[Path],
    digits: Path | None,
    kept_out: Path,
    work: Path,
    say: Callable[[str], None],
) -> None:
    """Write cohorts and calibrations of the bundles in a folder.

    Args:
        models: the folder of the built-in bundles.
        corpora: where the recordings are.
        digits: single digits, joined to strings; None for none.
        kept_out: list of the speakers that no encoder has learned from.
        work: keeps embeddings, so that only a new encoder is asked again.
        say: told what is being done.
    """
    speakers = material.held_out(kept_out)
    pieces = material.pieces(corpora, digits, speakers)
    others = chosen(corpora, speakers)
    say(f"{len(pieces)} recordings to make sites of, {len(others)} people in the cohort")
    vectors: dict[str, Vectors] = {}
    cohorts: dict[str, Vectors] = {}
    for name in (FIRST, SECOND):
        bundle = Bundle.open(models / name)
        heard = Heard(work / "sites", load_encoder(bundle, builtin=True))
        model_id = bundle.manifest.model_id
        cohorts[model_id] = heard.all_of(others, say)
        vectors[model_id] = heard.all_of(pieces, say)
        _write_cohort(bundle, cohorts[model_id])
    sites = list(Arranger(pieces, vectors, cohorts).sites(_REPEATS))
    say(f"{len(sites)} sites")
    pair = tuple(vectors)
    weights = weights_of(sites, pair)
    say(f"weights {dict(zip(pair, weights, strict=True))}")
    made = [fit(sites, pair, weights), *(fit(sites, (each,), (1.0,)) for each in pair)]
    groups = sorted({site.group for site in sites})
    _write(
        models.parent / "calibrations" / CALIBRATIONS,
        made,
        f"{len(sites)} sites of {', '.join(groups)}",
    )


def _write_cohort(bundle: Bundle, cohort: Vectors) -> None:
    """Store the cohort in half precision, and its hash in the manifest."""
    path = bundle.folder / COHORT
    np.save(path, cohort.astype(np.float16))
    manifest = bundle.folder / MANIFEST
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["files"] = dict(sorted({**content["files"], COHORT: sha256_of(path)}.items()))
    manifest.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _write(path: Path, calibrations: Sequence[Calibration], measured: str) -> None:
    content = {
        "schema_version": 1,
        "measured": measured,
        "calibrations": [asdict(each) for each in calibrations],
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
