from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.core.errors import BadAudio
from kiosk.core.hearing.audio import AudioClip
from kiosk.services.hearing.recordings import LONGEST_S, Recordings
from kiosk.services.measuring.evaluating import Evaluate, Trial, read_trials
from tests.unit.services.kit import ANNA, BOB, Kit, LoudnessDetector, silence, speech, voice

VOICES = {"a1": 0.0, "a2": 0.3, "b1": 1.5, "b2": 1.9}
ROOT = Path("corpus")


class VoiceFiles:
    """Implements :class:`kiosk.core.ports.AudioFiles` over made-up voices."""

    def __init__(self) -> None:
        self.read_with: list[tuple[Path, float | None, float | None]] = []

    def read(
        self,
        path: Path,
        *,
        max_seconds: float | None = None,
        limit_seconds: float | None = None,
    ) -> AudioClip:
        self.read_with.append((path, max_seconds, limit_seconds))
        if path.name not in VOICES:
            raise BadAudio(f"{path.name} is missing.")
        return AudioClip(voice(VOICES[path.name]))

    def decode(self, data: bytes, name: str, *, limit_seconds: float | None = None) -> AudioClip:
        raise AssertionError("evaluations read files")


def trials(text: str) -> list[Trial]:
    rows = (line.split() for line in text.splitlines())
    return [Trial(kind == "1", enroll, test) for kind, enroll, test in rows]


ALL = trials("1 a1 a2\n1 b1 b2\n0 a1 b1\n0 a2 b1\n0 a1 b2\n0 a2 b2")


def evaluate(kit: Kit, files: VoiceFiles) -> Evaluate:
    return Evaluate(kit.engine, files, kit.preferences)


def test_figures_of_voices_that_are_told_apart() -> None:
    kit, files = Kit(), VoiceFiles()
    result = evaluate(kit, files)(ALL, ROOT)
    assert (result.files, result.genuine, result.impostor) == (4, 2, 4)
    assert (result.eer, result.min_dcf, result.min_cllr) == (0.0, 0.0, 0.0)
    assert result.model_id == "model-1"
    assert (result.present.threshold, result.present.fmr, result.present.fnmr) == (0.5, 0.0, 0.0)
    assert result.at_eer == pytest.approx(0.92, abs=0.01)  # the cosine of 0.4
    assert (result.fmr_1_percent.fmr, result.fmr_1_percent.fnmr) == (0.0, 0.0)


def test_of_twenty_impostors_a_single_one_is_more_than_one_percent() -> None:
    listed = "1 a1 a2\n1 b1 b2\n0 a1 a2\n" + "0 a1 b1\n" * 19
    result = evaluate(Kit(), VoiceFiles())(trials(listed), ROOT)
    assert result.present.fmr == 0.05
    assert (result.fmr_1_percent.fmr, result.fmr_1_percent.fnmr) == (0.0, 1.0)


def test_each_file_is_read_and_encoded_once_and_progress_is_told() -> None:
    kit, files = Kit(), VoiceFiles()
    told: list[tuple[int, int]] = []
    evaluate(kit, files)(
        ALL, ROOT, max_seconds=2.0, progress=lambda done, total: told.append((done, total))
    )
    assert [path for path, _, _ in files.read_with] == [ROOT / name for name in sorted(VOICES)]
    assert {maximum for _, maximum, _ in files.read_with} == {2.0}
    assert len(kit.encoder.clips) == 4
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_present_threshold_is_the_one_in_force() -> None:
    kit = Kit()
    kit.preferences.set_threshold(kit.engine.card, 0.94)
    result = evaluate(kit, VoiceFiles())(ALL, ROOT)
    assert (result.present.threshold, result.present.fnmr) == (0.94, 0.5)


@pytest.mark.parametrize("kind", [True, False])
def test_both_kinds_of_trials_are_needed(kind: bool) -> None:
    only = [trial for trial in ALL if trial.genuine is kind]
    with pytest.raises(BadAudio, match="both kinds"):
        evaluate(Kit(), VoiceFiles())(only, ROOT)


def test_a_missing_file_ends_it() -> None:
    with pytest.raises(BadAudio, match=r"gone\.wav"):
        evaluate(Kit(), VoiceFiles())([*ALL, Trial(True, "a1", "gone.wav")], ROOT)


# --- lists of trials -------------------------------------------------------------------------


def test_a_list_of_trials_is_read(tmp_path: Path) -> None:
    path = tmp_path / "trials.txt"
    # Some editors of other systems begin a file with a mark and end lines otherwise.
    for mark, end in ((b"", b"\n"), (b"\xef\xbb\xbf", b"\r\n")):
        lines = b"1 a/1.wav a/2.wav", b"", b"  0\ta/1.wav  b/1.wav "
        path.write_bytes(mark + end.join(lines) + end)
        assert read_trials(path) == [
            Trial(True, "a/1.wav", "a/2.wav"),
            Trial(False, "a/1.wav", "b/1.wav"),
        ]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"1 a b\n2 a b\n", "Line 2"),
        (b"1 a\n", "Line 1"),
        (b"a b 1\n", "Line 1"),
        (b"\n \n", "is empty"),
        (b"", "is empty"),
        (b"1 \xff\xfe a\n", "is not text"),
    ],
)
def test_a_list_that_is_none(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "trials.txt"
    path.write_bytes(content)
    with pytest.raises(BadAudio, match=complaint):
        read_trials(path)


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(BadAudio, match="cannot be read"):
            read_trials(path)


# --- recordings ------------------------------------------------------------------------------


class OneFile:
    """Implements :class:`kiosk.core.ports.AudioFiles` with one recording of anna."""

    def __init__(self) -> None:
        self.limits: list[float | None] = []

    def read(
        self,
        path: Path,
        *,
        max_seconds: float | None = None,
        limit_seconds: float | None = None,
    ) -> AudioClip:
        del path, max_seconds
        self.limits.append(limit_seconds)
        return speech(ANNA).clip

    def decode(self, data: bytes, name: str, *, limit_seconds: float | None = None) -> AudioClip:
        del data, name
        self.limits.append(limit_seconds)
        return speech(ANNA).clip


def test_speech_is_found_in_a_recording_with_one_detector() -> None:
    made: list[LoudnessDetector] = []

    def new_detector() -> LoudnessDetector:
        made.append(LoudnessDetector())
        return made[-1]

    files = OneFile()
    recordings = Recordings(files, new_detector)
    assert made == []
    for _ in range(2):
        found = recordings.speech(Path("a.wav"))
        assert found.activity.net_seconds == pytest.approx(4.0, abs=0.2)
    assert len(made) == 1
    assert len(recordings.clip(Path("a.wav"))) == len(found.clip)
    assert recordings.speech_of_bytes(b"RIFF", "a.wav").activity == found.activity
    assert recordings.speech_of(found.clip).activity == found.activity
    assert len(made) == 1
    assert set(files.limits) == {LONGEST_S}


def test_voices_of_the_kit_are_what_they_claim_to_be() -> None:
    # The other tests rest upon this: scores are cosines of the angles between voices.
    kit = Kit()
    one, other = kit.engine.encode(speech(ANNA)), kit.engine.encode(speech(BOB))
    assert one.vector.tolist() == pytest.approx([1.0, 0.0], abs=1e-3)
    assert other.vector.tolist() == pytest.approx([0.0707, 0.9975], abs=1e-3)
    assert abs(float(silence(1.0).mean())) < 1e-4
