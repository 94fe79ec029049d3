"""Which recordings sites are made of: people whom no encoder has learned from."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.hearing.audio import MODEL_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from kiosk.core.hearing.audio import Samples

_FEWEST_S, _LONGEST_S = 2.0, 12.0
_MOST_EACH = 10
"""Recordings of one person, at most."""
_PROBE_S = 3.0
_LONG_S = 4.2
"""From this length on, the last three seconds are one more probe."""
_STUDIO = "arabic_sc"
"""Everybody here is taken, for there are few sites of one microphone and the same words; the first
encoder has learned from most of them."""


@dataclass(frozen=True)
class Piece:
    """One recording as it is encoded.

    Attributes:
        group: of people who may stand at one kiosk; its name tells source and channel.
        speaker: who speaks.
        name: of the recording, unique with ``kind``.
        kind: ``whole``, or ``end`` for its last three seconds; and the channel.
        seconds: its length.
        load: returns the samples at 16 kHz.
        path: of the recording; that of the first digit of a string.
    """

    group: str
    speaker: str
    name: str
    kind: str
    seconds: float
    load: Callable[[], Samples]
    path: Path

    @property
    def key(self) -> str:
        """Return what names the piece in the store of embeddings."""
        return f"{self.name}|{self.kind}"


def held_out(path: Path) -> set[str]:
    """Return the speakers that no encoder has learned from: one a line, with heading."""
    with path.open(encoding="utf-8") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return {row["speaker"] for row in rows}


def rows_of(corpora: Sequence[Path]) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield file and row of every training recording of all corpora."""
    for corpus in corpora:
        with (corpus / "train.tsv").open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                yield corpus / "train" / row["path"], row


def pieces(corpora: Sequence[Path], digits: Path | None, kept_out: set[str]) -> list[Piece]:
    """Return everything that sites are made of.

    Args:
        corpora: folders with ``train.tsv`` and ``train/``.
        digits: the folder of single digits, joined to strings here; None for none.
        kept_out: speakers that no encoder has learned from.
    """
    found: list[Piece] = []
    count: dict[str, int] = defaultdict(int)
    for path, row in rows_of(corpora):
        speaker = row["speaker"]
        source = speaker.split("/")[0]
        seconds = float(row["seconds"])
        if row.get("label", "speaker") != "speaker" or seconds < _FEWEST_S:
            continue
        if speaker not in kept_out and source != _STUDIO:
            continue
        if count[speaker] >= _MOST_EACH:
            continue
        count[speaker] += 1
        for channel in _channels(source):
            found += _pieces(f"{_group(source)}{channel}", speaker, path, seconds, channel)
    if digits is not None:
        found += _strings(digits)
    return found


def _group(source: str) -> str:
    """Return the group of a source: small ones are one."""
    small = ("common_voice_tw", "common_voice_uz", "common_voice_en1", "ami_pyannote")
    return "small" if source in (*small, "vctk_autovc") else source


def _channels(source: str) -> tuple[str, ...]:
    """Return in which ways recordings of a source are heard."""
    if source in ("speechocean762", "common_voice_omnilingo", "speech_commands"):
        return ("", ":telephone")
    return ("",)


def _pieces(group: str, speaker: str, path: Path, seconds: float, channel: str) -> Iterator[Piece]:
    yield recording(group, speaker, path, seconds, channel)
    if seconds >= _LONG_S:
        yield recording(group, speaker, path, seconds, channel, end=True)


def recording(
    group: str,
    speaker: str,
    path: Path,
    seconds: float,
    channel: str = "",
    *,
    end: bool = False,
) -> Piece:
    """Return a recording, or its last three seconds, as a channel gives it."""

    def load() -> Samples:
        wave = _heard(_read(path), channel)
        return wave[-round(_PROBE_S * MODEL_RATE) :] if end else wave

    kind = f"{'end' if end else 'whole'}{channel}"
    length = _PROBE_S if end else min(seconds, _LONGEST_S)
    return Piece(group, speaker, f"{speaker}/{path.name}", kind, length, load, path)


def _read(path: Path) -> Samples:
    import soundfile

    samples, rate = soundfile.read(path, dtype="float32")
    if rate != MODEL_RATE:
        raise ValueError(f"{path} has {rate} Hz")
    wave: Samples = samples[: round(_LONGEST_S * MODEL_RATE)]
    return wave


def _heard(wave: Samples, channel: str) -> Samples:
    """Return a recording as a telephone gives it: 300 to 3,400 Hz and mu-law."""
    if not channel:
        return wave
    from scipy.signal import butter, resample_poly, sosfiltfilt  # type: ignore[import-untyped]

    narrow = resample_poly(wave, 1, 2)
    band = butter(4, [300, 3400], "bandpass", fs=MODEL_RATE // 2, output="sos")
    narrow = sosfiltfilt(band, narrow)
    peak = float(np.abs(narrow).max()) or 1.0
    loud = np.clip(narrow / peak, -1, 1)
    steps = np.sign(loud) * np.log1p(255 * np.abs(loud)) / np.log(256)
    steps = np.round(steps * 127) / 127
    back = np.sign(steps) * np.expm1(np.abs(steps) * np.log(256)) / 255
    wide: Samples = (resample_poly(back, 2, 1) * peak).astype(np.float32)
    return wide


def _strings(folder: Path) -> list[Piece]:
    """Return strings of six to eight digits of one speaker, at most eight of each."""
    by_speaker: dict[tuple[str, str], list[Path]] = defaultdict(list)
    with (folder / "digits.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["source"].startswith("heidelberg"):
                by_speaker[row["language"], row["speaker"]].append(folder / row["path"])
    found = []
    for (language, speaker), paths in sorted(by_speaker.items()):
        generator = np.random.default_rng([ord(c) for c in language + speaker])
        order = [paths[each] for each in generator.permutation(len(paths))]
        for number in range(8):
            some = order[8 * number : 8 * number + 7]
            if len(some) < 7:
                break
            pauses = generator.uniform(0.1, 0.3, len(some))
            found.append(_string(language, speaker, number, some, tuple(pauses)))
    return found


def _string(
    language: str, speaker: str, number: int, paths: Sequence[Path], pauses: Sequence[float]
) -> Piece:
    def load() -> Samples:
        parts: list[Samples] = []
        for path, pause in zip(paths, pauses, strict=True):
            parts += [_read(path), np.zeros(round(pause * MODEL_RATE), np.float32)]
        return np.concatenate(parts)

    name = f"digits/{language}/{speaker}/{number}"
    return Piece(f"digits:{language}", f"digits/{speaker}", name, "whole", 4.0, load, paths[0])
