"""Run a list of trials, and report error rates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.errors import BadAudio
from kiosk.core.measuring import metrics
from kiosk.core.voice.embedding import cosine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kiosk.core.measuring.metrics import Rates
    from kiosk.core.ports import AudioFiles
    from kiosk.core.voice.embedding import Embedding
    from kiosk.services.preferences import Preferences
    from kiosk.services.voice.engine import VoiceEngine

_LONGEST_FILE_S = 600.0


@dataclass(frozen=True)
class Trial:
    """One comparison: two files relative to the root, and whether one person speaks in both."""

    genuine: bool
    enroll: str
    test: str


@dataclass(frozen=True)
class Evaluation:
    """Figures of one run; rates are shares in [0, 1].

    Attributes:
        min_dcf: at a target prior of 0.01, both costs 1.
        min_cllr: cost in bits of the best log-likelihood ratios that the cosines can tell.
        at_eer: threshold and rates where FMR and FNMR meet.
        present: FMR and FNMR at the threshold in force.
        fmr_1_percent: the lowest threshold with an FMR of at most 1 %.
    """

    model_id: str
    files: int
    genuine: int
    impostor: int
    eer: float
    min_dcf: float
    min_cllr: float
    at_eer: float
    present: Rates
    fmr_1_percent: Rates


def read_trials(path: Path) -> list[Trial]:
    """Read a trial list in VoxCeleb format: ``1 enroll.wav test.wav``, 0 for an impostor trial.

    Raises:
        BadAudio: it cannot be read, or a line is not a trial.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin files with a mark
    except OSError as exc:
        raise BadAudio(
            f"The trial list {path.name} cannot be read: {exc.strerror}.", hint="Check the path."
        ) from exc
    except UnicodeDecodeError as exc:
        raise BadAudio(
            f"The trial list {path.name} is not text.", hint="Save it as UTF-8 text."
        ) from exc
    trials = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        match = re.fullmatch(r"\s*([01])\s+(\S+)\s+(\S+)\s*", line)
        if match is None:
            raise BadAudio(
                f"Line {number} of {path.name} is not a trial.",
                hint="Each line reads '1 enroll.wav test.wav', with 0 for different people.",
            )
        trials.append(Trial(match[1] == "1", match[2], match[3]))
    if not trials:
        raise BadAudio(f"The trial list {path.name} is empty.", hint="Give at least two trials.")
    return trials


class Evaluate:
    """Encodes each file once and scores every trial.

    Files are encoded whole, without speech detection or quality gates, as in published figures.
    """

    def __init__(self, engine: VoiceEngine, files: AudioFiles, preferences: Preferences) -> None:
        """Use these."""
        self._engine = engine
        self._files = files
        self._preferences = preferences

    def __call__(
        self,
        trials: list[Trial],
        root: Path,
        *,
        max_seconds: float | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Evaluation:
        """Score the trials.

        Args:
            trials: at least one genuine and one impostor trial.
            root: folder that the paths in the trials are relative to.
            max_seconds: use only the beginning of each file.
            progress: told how many files are done, and of how many.

        Raises:
            BadAudio: a file cannot be read, or one kind of trial is missing.
        """
        names = sorted({name for trial in trials for name in (trial.enroll, trial.test)})
        embeddings: dict[str, Embedding] = {}
        for done, name in enumerate(names):
            if progress is not None:
                progress(done, len(names))
            clip = self._files.read(
                root / name, max_seconds=max_seconds, limit_seconds=_LONGEST_FILE_S
            )
            embeddings[name] = self._engine.encode_clip(clip)
        if progress is not None:
            progress(len(names), len(names))
        scores: dict[bool, list[float]] = {True: [], False: []}
        for trial in trials:
            scores[trial.genuine].append(cosine(embeddings[trial.enroll], embeddings[trial.test]))
        genuine, impostor = scores[True], scores[False]
        if not genuine or not impostor:
            raise BadAudio(
                "Error rates need trials of both kinds.",
                hint="Add lines that begin with 1 and lines that begin with 0.",
            )
        rates = metrics.curve(genuine, impostor)
        equal, at_eer = metrics.eer(rates)
        card = self._engine.card
        return Evaluation(
            model_id=card.model_id,
            files=len(names),
            genuine=len(genuine),
            impostor=len(impostor),
            eer=equal,
            min_dcf=metrics.min_dcf(rates),
            min_cllr=metrics.min_cllr(np.array(genuine), np.array(impostor)),
            at_eer=at_eer,
            present=metrics.at_threshold(genuine, impostor, self._preferences.threshold(card)),
            fmr_1_percent=metrics.threshold_at_fmr(rates, 0.01),
        )
