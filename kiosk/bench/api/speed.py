"""How fast the HTTP service verifies, and what HTTP adds to that: ``kiosk bench --api``."""

from __future__ import annotations

import os
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from kiosk.bench.api.client import Client, RequestFailed, wav
from kiosk.bench.api.server import key_file, served
from kiosk.bench.figures import Spread
from kiosk.core.errors import Defect
from kiosk.demo import voices

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PERSON = {voice: f"bench-{voice}" for voice in voices.VOICES}
_ENROLLED_WITH = 0
_SPOKEN = range(1, len(voices.SENTENCES))
_WARM_UP = 3


@dataclass(frozen=True)
class OverheadFigures:
    """One client after the other, so that nobody waits; medians, in milliseconds.

    The two ratios are medians of what the rounds differ by, each with its own recording, over
    ``encode``: they are not computed from the other medians.

    Attributes:
        http_ms: a request for a verdict, as its client sees it; the recording is uploaded before.
        direct_ms: the same use-case on the same recordings without HTTP.
        encode_ms: the voice model alone.
        api_over_encode: what HTTP adds, ``http - direct``, over ``encode``.
        all_over_encode: everything but the voice model, ``http - encode``, over ``encode``:
            also finding the speech, judging it, and the database.
    """

    http_ms: float
    direct_ms: float
    encode_ms: float
    api_over_encode: float
    all_over_encode: float
    rounds: int


@dataclass(frozen=True)
class LoadFigures:
    """Many clients at once.

    Attributes:
        per_second: verifications a second.
        per_second_per_core: the same, over the processor cores of this machine.
        per_processor_second: verifications for each second of processor time that the service
            used, which does not depend on what else this machine does; None where unknown.
        verify: requests for verdicts, waiting for other clients included.
        upload: starting a stream and uploading a recording.
        verified: share of verdicts that were "verified"; everybody says who they are.
        errors: requests that were not answered with 200.
        first_error: the first of them, in words.
    """

    clients: int
    seconds: float
    verifications: int
    per_second: float
    per_second_per_core: float
    per_processor_second: float | None
    verify: Spread
    upload: Spread
    verified: float
    errors: int
    first_error: str


@dataclass(frozen=True)
class ApiFigures:
    """Everything that was measured, on one service in one run."""

    cores: int
    overhead: OverheadFigures
    load: LoadFigures


def measure_api(
    data_dir: Path,
    *,
    seconds: float = 60.0,
    clients: int = 8,
    rounds: int = 20,
    tell: Callable[[str], None] = lambda _: None,
) -> ApiFigures:
    """Start a service, enroll three synthetic voices, and verify them over HTTP.

    Args:
        data_dir: a folder for the data, empty.
        seconds: how long all clients verify.
        clients: how many there are.
        rounds: verifications for the overhead.
        tell: told what begins.

    Raises:
        Defect: the service did not start, end or enroll.
        AudioSystemMissing: the synthetic voices are not installed.
    """
    cores = os.cpu_count() or 1
    tell("Starting the service")
    with served(data_dir) as address:
        with closing(Client(address)) as client:
            for voice, person in _PERSON.items():
                try:
                    client.enroll(person, _recording(voice, _ENROLLED_WITH))
                except RequestFailed as exc:
                    raise Defect("A voice could not be enrolled.", hint=str(exc)) from exc
        tell(f"Overhead, {rounds} verifications one after the other")
        overhead = _measure_overhead(address, data_dir, rounds)
        tell(f"Load, {clients} clients for {seconds:g} s")
        load = _measure_load(address, clients, seconds, cores)
    return ApiFigures(cores, overhead, load)


def _measure_overhead(address: str, data_dir: Path, rounds: int) -> OverheadFigures:
    """Measure in turns, so that whatever else this machine does slows all of them alike."""
    from kiosk.bootstrap import build
    from kiosk.settings import load_settings

    http, direct, encode = [], [], []
    settings = load_settings(data_dir, keys__place="file", keys__file=key_file(data_dir))
    with build(settings) as kiosk, ExitStack() as closing_last:
        kiosk.startup.run(until="model")
        # Now and not before: the service closes connections on which nothing happens for long.
        client = closing_last.enter_context(closing(Client(address)))
        for turn in range(rounds + _WARM_UP):
            voice, sentence = _who(turn)
            clip = voices.speak(voice, voices.SENTENCES[sentence])
            try:
                verdict = client.verify(_PERSON[voice], _recording(voice, sentence))
            except RequestFailed as exc:
                raise Defect("A verification failed.", hint=str(exc)) from exc
            began = time.perf_counter()
            kiosk.verify(_PERSON[voice], kiosk.recordings.speech_of(clip))
            decided = time.perf_counter()
            speech = kiosk.recordings.speech_of(clip)
            prepared = time.perf_counter()
            kiosk.engine.encode(speech)
            encoded = time.perf_counter()
            if turn >= _WARM_UP:
                http.append(verdict.verify_s)
                direct.append(decided - began)
                encode.append(encoded - prepared)
    # Of each round, not of the medians: every round has its own recording.
    added = np.array(http) - np.array(direct)
    beside = np.array(http) - np.array(encode)
    alone = float(np.median(encode))
    return OverheadFigures(
        http_ms=_ms(float(np.median(http))),
        direct_ms=_ms(float(np.median(direct))),
        encode_ms=_ms(alone),
        api_over_encode=round(float(np.median(added)) / alone, 3),
        all_over_encode=round(float(np.median(beside)) / alone, 3),
        rounds=rounds,
    )


@dataclass
class _Tally:
    """What one client has seen."""

    verify_s: list[float] = field(default_factory=list)
    upload_s: list[float] = field(default_factory=list)
    verified: int = 0
    errors: list[str] = field(default_factory=list)


def _measure_load(address: str, clients: int, seconds: float, cores: int) -> LoadFigures:
    for turn in range(len(voices.VOICES) * len(_SPOKEN)):
        _recording(*_who(turn))  # made before the clock runs
    tallies = [_Tally() for _ in range(clients)]
    ready = threading.Barrier(clients + 1)
    over = threading.Event()
    threads = [
        threading.Thread(target=_verify_on, args=(address, number, tally, ready, over))
        for number, tally in enumerate(tallies)
    ]
    for thread in threads:
        thread.start()
    before = _processor_s(address)
    ready.wait()
    began = time.perf_counter()
    over.wait(seconds)
    over.set()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    after = _processor_s(address)
    verify = [each for tally in tallies for each in tally.verify_s]
    errors = [each for tally in tallies for each in tally.errors]
    if not verify:
        raise Defect("Nothing was verified.", hint=errors[0] if errors else "")
    used = after - before if after is not None and before is not None else None
    return LoadFigures(
        clients=clients,
        seconds=round(took, 1),
        verifications=len(verify),
        per_second=round(len(verify) / took, 2),
        per_second_per_core=round(len(verify) / took / cores, 2),
        per_processor_second=round(len(verify) / used, 2) if used else None,
        verify=Spread.of(verify),
        upload=Spread.of([each for tally in tallies for each in tally.upload_s]),
        verified=round(sum(tally.verified for tally in tallies) / len(verify), 3),
        errors=len(errors),
        first_error=errors[0] if errors else "",
    )


def _verify_on(
    address: str, number: int, tally: _Tally, ready: threading.Barrier, over: threading.Event
) -> None:
    turn = number
    with closing(Client(address)) as client:
        ready.wait()
        while not over.is_set():
            voice, sentence = _who(turn)
            turn += 1
            try:
                verdict = client.verify(_PERSON[voice], _recording(voice, sentence))
            except RequestFailed as exc:
                tally.errors.append(str(exc))
                continue
            tally.verify_s.append(verdict.verify_s)
            tally.upload_s.append(verdict.upload_s)
            tally.verified += verdict.verified


def _processor_s(address: str) -> float | None:
    with closing(Client(address)) as client:
        try:
            return client.processor_s()
        except RequestFailed as exc:
            raise Defect("The service does not tell its metrics.", hint=str(exc)) from exc


def _who(turn: int) -> tuple[str, int]:
    """Return a voice and the number of its sentence; all combinations come in turn."""
    return voices.VOICES[turn % len(voices.VOICES)], _SPOKEN[turn % len(_SPOKEN)]


@cache
def _recording(voice: str, sentence: int) -> bytes:
    return wav(voices.speak(voice, voices.SENTENCES[sentence]))


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 2)
