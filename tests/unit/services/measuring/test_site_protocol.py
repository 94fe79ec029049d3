"""Error rates of a site that enrolls people; its people are made up, its services are real."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from kiosk.core.errors import BadAudio
from kiosk.core.hearing.audio import AudioClip
from kiosk.core.policies import Policies
from kiosk.services.hearing.recordings import Recordings
from kiosk.services.measuring.site_figures import Comparisons, Scored
from kiosk.services.measuring.site_protocol import Plan, SiteProtocol, read_people
from kiosk.services.voice.models import Models
from tests.unit.services.kit import Kit, LoudnessDetector, silence, voice

ROOT = Path("corpus")
COSINE = "model-1 cosine"


class AngleFiles:
    """Implements :class:`kiosk.core.ports.AudioFiles`: names are ``angle-number``."""

    def read(
        self,
        path: Path,
        *,
        max_seconds: float | None = None,
        limit_seconds: float | None = None,
    ) -> AudioClip:
        del max_seconds, limit_seconds
        if path.parent != ROOT:
            raise BadAudio(f"{path.name} is missing.")
        angle, _, rest = path.name.partition("-")
        loud = 0.0 if rest.startswith("silent") else 0.1
        seed = int(rest.removeprefix("silent") or 1)
        sound = voice(float(angle), seed=seed) if loud else silence(4.0)
        return AudioClip(np.concatenate([silence(0.5), sound, silence(0.5)]))

    def decode(self, data: bytes, name: str, *, limit_seconds: float | None = None) -> AudioClip:
        raise AssertionError("evaluations read files")


@dataclass
class Site:
    """Implements :class:`kiosk.services.measuring.site_protocol.Uses` with a kiosk of fakes."""

    kit: Kit = field(default_factory=Kit)

    def __post_init__(self) -> None:
        self.policies = Policies()
        self.recordings = Recordings(AngleFiles(), LoudnessDetector)
        self.engine = self.kit.engine
        self.preferences = self.kit.preferences
        self.models = Models(self.kit.shelf, self.engine, self.preferences, None)
        self.enroll = self.kit.enrolling
        self.people = self.kit.people
        self.scoring = self.kit.scoring


def listed(*speakers: tuple[str, float], files: int = 4) -> list[tuple[str, str]]:
    return [(name, f"{angle}-{seed}") for name, angle in speakers for seed in range(1, files + 1)]


APART = (("anna", 0.0), ("bob", 1.5), ("carla", 3.0))


def test_people_who_are_told_apart() -> None:
    told: list[tuple[int, int]] = []
    made = SiteProtocol(Site())(
        listed(*APART), ROOT, Plan(repeats=2), lambda *done: told.append(done)
    )
    assert (made.speakers, made.files, made.people) == (3, 12, 3)
    assert (made.asked, dict(made.refused)) == (6, {})
    # Of each speaker three recordings enroll, and one is compared, in each repeat.
    assert (made.probes, made.poor) == (6, 0)
    figures = made.figures[COSINE]
    assert (figures.genuine, figures.impostor) == (6, 12)
    assert (figures.eer, figures.fmr, figures.fnmr) == (0.0, 0.0, 0.0)
    assert figures.fmr_interval == figures.fnmr_interval == (0.0, 0.0)
    assert told == [(each, 12) for each in range(13)]


def test_two_who_sound_the_same_are_false_accepts() -> None:
    twins = (*APART, ("dora", 3.0))
    figures = SiteProtocol(Site())(listed(*twins), ROOT, Plan(repeats=1)).figures[COSINE]
    # Two of twelve comparisons: carla as dora, and dora as carla.
    assert (figures.genuine, figures.impostor) == (4, 12)
    assert figures.fmr == pytest.approx(2 / 12)
    assert figures.fmr_interval is not None
    assert figures.fmr_interval[0] < 2 / 12 < figures.fmr_interval[1]
    assert figures.fnmr == 0.0


def test_strangers_are_told_from_those_who_are_enrolled() -> None:
    """Dora sounds like carla; where one of them is enrolled alone, the other is a stranger."""
    site = SiteProtocol(Site())
    made = site(listed(("carla", 3.0), ("dora", 3.0)), ROOT, Plan(people=1, repeats=3))
    figures = made.figures[COSINE]
    assert made.people == 1
    assert (figures.fmr, figures.fmr_strangers, figures.fmr_enrolled) == (1.0, 1.0, None)
    # One more of whoever is enrolled, and all four of the other.
    assert (figures.genuine, figures.impostor) == (3, 12)


def test_the_same_seed_draws_the_same() -> None:
    rows = listed(("anna", 0.0), ("anne", 1.1), ("bob", 1.5), files=6)
    plan = Plan(takes=2, people=2, repeats=3)
    one, other = (SiteProtocol(Site())(rows, ROOT, plan).figures for _ in range(2))
    assert one == other


def test_poor_recordings_neither_enroll_nor_are_compared() -> None:
    rows = [
        *listed(*APART),
        ("anna", "0.0-silent1"),
        ("bob", "1.5-silent1"),
        ("bob", "1.5-silent2"),
    ]
    rows += [("emil", f"2.2-silent{number}") for number in range(4)]
    made = SiteProtocol(Site())(rows, ROOT, Plan(repeats=1))
    assert (made.asked, dict(made.refused)) == (4, {"too few good takes": 1})
    assert (made.people, made.probes, made.poor) == (3, 10, 7)
    assert made.figures[COSINE].genuine == 3
    # Without gates all of them count, and silence sounds like everybody's.
    made = SiteProtocol(Site())(rows, ROOT, Plan(repeats=1, gates=False))
    assert (dict(made.refused).get("too few good takes"), made.poor) == (None, 0)


def test_takes_of_two_people_are_a_failure_to_enroll() -> None:
    mixed = [("mixed", f"{angle}-{seed}") for angle in (0.0, 1.5) for seed in (1, 2)]
    made = SiteProtocol(Site())([*mixed, *listed(("carla", 3.0))], ROOT, Plan(repeats=1))
    assert (made.asked, dict(made.refused)) == (2, {"takes not of one voice": 1})
    assert made.people == 1


def test_where_nothing_is_left_to_compare_there_are_no_rates() -> None:
    rows = [
        row
        for name, angle in APART
        for row in (
            *listed((name, angle), files=3),
            (name, f"{angle}-silent1"),
        )
    ]
    made = SiteProtocol(Site())(rows, ROOT, Plan(repeats=1))
    assert (made.people, made.probes, made.poor, made.figures) == (3, 3, 3, {})
    everybody_poor = [(name, f"1.0-silent{number}") for name in "ab" for number in range(4)]
    made = SiteProtocol(Site())(everybody_poor, ROOT, Plan(repeats=1))
    assert (made.people, made.asked, sum(made.refused.values())) == (0, 2, 2)
    assert made.figures == {}


def test_too_few_recordings_of_everybody() -> None:
    with pytest.raises(BadAudio, match="more than 3 recordings") as caught:
        SiteProtocol(Site())(listed(*APART, files=3), ROOT, Plan())
    assert "at least one more" in caught.value.hint


def test_a_file_that_is_missing_is_named() -> None:
    with pytest.raises(BadAudio, match=r"0\.0-1 is missing"):
        SiteProtocol(Site())(listed(*APART), Path("elsewhere"), Plan())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "fewer than two speakers"),
        ("anna\ta.wav\nanna\tb.wav\n", "fewer than two speakers"),
        ("speaker\tfile\n", "fewer than two speakers"),
        ("anna a.wav\nbob\tb.wav\n", "Line 1 of"),
        ("anna\ta.wav\n\n\tb.wav\n", "Line 3 of"),
        ("anna\ta.wav\nbob\t\n", "Line 2 of"),
        ("1 a.wav b.wav\n0 a.wav c.wav\n", "Line 1 of"),
    ],
)
def test_what_is_no_list_of_people(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "people.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadAudio, match=message) as caught:
        read_people(path)
    assert caught.value.hint


def test_a_list_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "people.tsv"
    for wrong in (path, tmp_path):
        with pytest.raises(BadAudio, match="cannot be read as text"):
            read_people(wrong)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadAudio, match="cannot be read as text"):
        read_people(path)


def test_a_list_with_heading_more_columns_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "people.tsv"
    path.write_bytes(
        "\ufeffspeaker\tpath\tseconds\nanna\ta.wav\t3.0\n\n bob \tb c.wav\r\n".encode()
    )
    assert read_people(path) == [("anna", "a.wav"), ("bob", "b c.wav")]


def test_intervals_are_by_speaker() -> None:
    """Many recordings of one speaker say less than as many of many speakers."""
    few, many = Comparisons(), Comparisons()
    scores = np.where(np.arange(40) < 4, 1.0, -1.0)[:, None]
    few.add(Scored(scores, 0.0), ["x" if each < 4 else "y" for each in range(40)], ["enrolled"])
    many.add(Scored(scores, 0.0), [f"s{each}" for each in range(40)], ["enrolled"])
    one, other = few.figures(), many.figures()
    assert one.fmr == other.fmr == pytest.approx(0.1)
    assert one.fmr_interval is not None
    assert other.fmr_interval is not None
    assert one.fmr_interval[1] > other.fmr_interval[1]
    assert one.fmr_strangers == one.fmr
    assert (one.genuine, one.eer, one.fnmr, one.fnmr_interval) == (0, None, None, None)
    assert few.last_fmr == pytest.approx(0.1)
