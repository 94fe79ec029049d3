"""Error rates of the kiosk on recordings of people, arranged as a site that enrolls them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from kiosk.core.errors import BadAudio, EnrollmentRefused
from kiosk.core.hearing.quality import judge, measure
from kiosk.core.hearing.speech import Activity, Speech, lent
from kiosk.core.visit.outcomes import TakeAccepted
from kiosk.core.voice.duplicates import DuplicateDecision
from kiosk.core.voice.embedding import Embedding
from kiosk.core.voice.heard import Heard
from kiosk.core.voice.site_scorer import SiteScorer
from kiosk.services.measuring.site_figures import Comparisons, Figures, Scored
from kiosk.services.voice.site_report import report_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from kiosk.core.hearing.quality import QualityReport
    from kiosk.core.policies import Policies
    from kiosk.core.voice.scoring import Scorer
    from kiosk.services.enroll.enrolling import EnrollUser
    from kiosk.services.hearing.recordings import Recordings
    from kiosk.services.people.directory import Directory
    from kiosk.services.preferences import Preferences
    from kiosk.services.voice.engine import VoiceEngine
    from kiosk.services.voice.models import Models
    from kiosk.services.voice.scoring import Scoring

_DECISION = DuplicateDecision("an evaluation: the speakers are known")
SITE = "site"
"""What the kiosk's own scorer is called."""


@dataclass(frozen=True)
class Plan:
    """What is to be measured.

    Attributes:
        takes: with how many of their recordings people are enrolled.
        people: how many are enrolled each time; None for everybody who can be.
        one_in: the policy: at most one impostor in so many.
        repeats: how often people and takes are drawn.
        gates: whether poor recordings are refused, as at the kiosk.
        seed: of the draws.
    """

    takes: int = 3
    people: int | None = None
    one_in: int = 100
    repeats: int = 10
    gates: bool = True
    seed: int = 1


@dataclass(frozen=True, eq=False)
class _Recording:
    speaker: str
    heard: Heard
    report: QualityReport
    enrolls: bool
    verifies: bool


@dataclass
class SiteEvaluation:
    """What came of it; rates are shares in [0, 1].

    Attributes:
        people: enrolled in each repeat.
        speakers: in the list.
        files: in the list.
        asked: enrollments that were tried.
        refused: those that failed, by reason: too few good takes, or takes not of one voice.
        probes: recordings that were to be verified.
        poor: those that were too poor to be compared.
        figures: by scorer; ``site`` is the kiosk's own.
        bounds: upper bounds of the FMR that the kiosk stated, one for each repeat.
        measured: the FMR that was measured, one for each repeat.
    """

    speakers: int
    files: int
    people: int = 0
    asked: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    probes: int = 0
    poor: int = 0
    figures: dict[str, Figures] = field(default_factory=dict)
    bounds: list[float] = field(default_factory=list)
    measured: list[float] = field(default_factory=list)


def read_people(path: Path) -> list[tuple[str, str]]:
    """Read lines ``speaker<TAB>file``.

    Raises:
        BadAudio: it cannot be read, or a line is none of these.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise BadAudio(f"{path.name} cannot be read as text.", hint="Check the path.") from exc
    found = []
    for number, line in enumerate(lines, 1):
        speaker, _, rest = line.partition("\t")
        name = rest.split("\t")[0].strip()
        if not line.strip() or (number == 1 and name.lower() in ("file", "path")):
            continue
        if not speaker.strip() or not name:
            raise BadAudio(
                f"Line {number} of {path.name} is not a speaker and a file.",
                hint="Write the speaker, a tab, and the file.",
            )
        found.append((speaker.strip(), name))
    if len({speaker for speaker, _ in found}) < 2:
        raise BadAudio(
            f"{path.name} has fewer than two speakers.", hint="There is no impostor among one."
        )
    return found


class Uses(Protocol):
    """What a kiosk offers of what is needed here."""

    @property
    def policies(self) -> Policies:
        """Return the quality gates."""

    @property
    def recordings(self) -> Recordings:
        """Return what reads recordings."""

    @property
    def engine(self) -> VoiceEngine:
        """Return the encoders."""

    @property
    def models(self) -> Models:
        """Return what knows the encoders."""

    @property
    def preferences(self) -> Preferences:
        """Return the settings."""

    @property
    def enroll(self) -> EnrollUser:
        """Return what enrolls people."""

    @property
    def people(self) -> Directory:
        """Return what erases them."""

    @property
    def scoring(self) -> Scoring:
        """Return the scorer."""


class SiteProtocol:
    """Enrolls some speakers and compares everybody's other recordings with them.

    Args:
        uses: the very services of a kiosk that is empty; it is filled and emptied.
    """

    def __init__(self, uses: Uses) -> None:
        self._uses = uses

    def __call__(
        self,
        listed: Sequence[tuple[str, str]],
        root: Path,
        plan: Plan,
        progress: Callable[[int, int], None] | None = None,
    ) -> SiteEvaluation:
        """Measure; each file is encoded once.

        Args:
            listed: speaker and file of each recording.
            root: folder that the files are relative to.
            plan: what to measure.
            progress: told how many files are done, and of how many.

        Raises:
            BadAudio: a file cannot be read, or nobody has enough recordings.
        """
        made = SiteEvaluation(len({speaker for speaker, _ in listed}), len(listed))
        of: dict[str, list[_Recording]] = defaultdict(list)
        for number, (speaker, name) in enumerate(listed):
            if progress is not None:
                progress(number, len(listed))
            of[speaker].append(self._heard(speaker, root / name, gates=plan.gates))
        if progress is not None:
            progress(len(listed), len(listed))
        able = [each for each, some in sorted(of.items()) if len(some) > plan.takes]
        if not able:
            raise BadAudio(
                f"No speaker has more than {plan.takes} recordings.",
                hint="Each needs the takes and at least one more.",
            )
        comparisons: dict[str, Comparisons] = defaultdict(Comparisons)
        for repeat in range(plan.repeats):
            generator = np.random.default_rng([plan.seed, repeat])
            self._repeat(of, able, plan, generator, made, comparisons)
        made.figures = {name: each.figures() for name, each in comparisons.items()}
        return made

    def _heard(self, speaker: str, path: Path, *, gates: bool) -> _Recording:
        uses = self._uses
        speech = uses.recordings.speech(path)
        with lent(speech):
            report = measure(speech)
            enrolls = not gates or not judge(report, uses.policies.enrollment.quality)
            verifies = not gates or not judge(report, uses.policies.verification.quality)
            if not gates and not speech.activity.segments:
                # Without gates a recording in which nothing was found is heard as a whole.
                everything = Activity(((0, len(speech.clip)),), speech.clip.rate)
                speech = Speech(speech.clip, everything)
            heard = uses.engine.hear(speech)[0] if verifies or enrolls else Heard(())
            if gates and heard.speakers.several:
                enrolls = verifies = False
        return _Recording(speaker, heard, report, enrolls, verifies)

    def _repeat(
        self,
        of: dict[str, list[_Recording]],
        able: Sequence[str],
        plan: Plan,
        generator: np.random.Generator,
        made: SiteEvaluation,
        comparisons: dict[str, Comparisons],
    ) -> None:
        uses = self._uses
        uses.people.remove_all()
        order = [able[each] for each in generator.permutation(len(able))]
        wanted = len(order) if plan.people is None else min(plan.people, len(order))
        used: dict[int, str] = {}
        enrolled: list[str] = []
        for name in order[:wanted]:
            made.asked += 1
            mixed = [of[name][each] for each in generator.permutation(len(of[name]))]
            takes = [each for each in mixed if each.enrolls][: plan.takes]
            if len(takes) < plan.takes:
                made.refused["too few good takes"] += 1
                continue
            number = f"p{len(enrolled)}"
            try:
                self._enroll(number, takes)
            except EnrollmentRefused:
                made.refused["takes not of one voice"] += 1
                continue
            used |= {id(take): number for take in takes}
            enrolled.append(name)
        made.people = max(made.people, len(enrolled))
        if not enrolled:
            return
        rest = [each for some in of.values() for each in some if id(each) not in used]
        made.probes += len(rest)
        probes = [each for each in rest if each.verifies]
        made.poor += len(rest) - len(probes)
        if not probes:
            return
        self._compare(enrolled, probes, plan, made, comparisons)

    def _enroll(self, number: str, takes: Sequence[_Recording]) -> None:
        accepted = []
        for take in takes:
            # Copies, for saving wipes nothing of ours.
            made = [Embedding(each.vector.copy(), each.model_id) for each in take.heard.embeddings]
            accepted.append(TakeAccepted(take.report, made[0], made[1] if len(made) > 1 else None))
        self._uses.enroll.save(number, "", accepted, consent=True, decision=_DECISION)

    def _compare(
        self,
        enrolled: Sequence[str],
        probes: Sequence[_Recording],
        plan: Plan,
        made: SiteEvaluation,
        comparisons: dict[str, Comparisons],
    ) -> None:
        scorer = self._uses.scoring.now()
        speakers = [probe.speaker for probe in probes]
        # IDs are sorted by the scorer, and these as texts.
        ids = sorted(f"p{each}" for each in range(len(enrolled)))
        names = [enrolled[int(each[1:])] for each in ids]
        for name, scored in self._tables(scorer, ids, probes, plan).items():
            comparisons[name].add(scored, speakers, names)
        if isinstance(scorer, SiteScorer):
            report = report_of(scorer, plan.one_in)
            rate = comparisons[SITE].last_fmr
            if rate is not None:
                made.bounds.append(1.0 if report.bound is None else report.bound)
                made.measured.append(rate)

    def _tables(
        self, scorer: Scorer, ids: Sequence[str], probes: Sequence[_Recording], plan: Plan
    ) -> dict[str, Scored]:
        """Return what each scorer says about all probes and everybody."""
        found: dict[str, Scored] = {}
        models = scorer.models
        rows = {each: np.stack([_vector(probe.heard, each) for probe in probes]) for each in models}
        if isinstance(scorer, SiteScorer):
            for name, some in {SITE: models, **{f"{m} alone": (m,) for m in models}}.items():
                site = scorer.site_of(some)
                fused = site.claims(rows)
                found[name] = Scored(fused, site.threshold(plan.one_in), site.llr(fused))
        for model_id in models:
            means = [scorer.known(each, model_id).mean(axis=0) for each in ids]
            threshold = self._uses.preferences.threshold(self._uses.models.card(model_id))
            cosines = (rows[model_id] @ np.stack(means).T).astype(np.float64)
            found[f"{model_id} cosine"] = Scored(cosines, threshold)
        return found


def _vector(heard: Heard, model_id: str) -> npt.NDArray[np.float32]:
    return next(each.vector for each in heard.embeddings if each.model_id == model_id)
