"""What the desktop does to the database, without a window: run as a process of its own.

``python -m tests.soak.desktop_like FOLDER SECONDS`` prints what it did as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

from kiosk.bootstrap import build
from kiosk.core.accounts.acting import Actor, Role, acting_as
from kiosk.core.errors import KioskError, WrongPin
from kiosk.core.visit.outcomes import TakeAccepted
from kiosk.core.voice.duplicates import DuplicateDecision
from kiosk.demo import voices
from kiosk.services.preferences import THEME
from kiosk.settings import load_settings

LOGIN, PIN = "desk", "748193"
OPERATOR = Actor(f"operator:{LOGIN}", Role.ADMINISTRATOR)
ONE_VOICE = DuplicateDecision("everybody at this desk has the same synthetic voice")


def work(folder: Path, seconds: float) -> dict[str, object]:
    """Do by turns what a desktop does until the time is over, and everything at least once."""
    done: Counter[str] = Counter()
    errors: list[str] = []
    with acting_as(OPERATOR), build(load_settings(folder)) as kiosk:
        kiosk.startup.run(until="model")
        speeches = [
            kiosk.recordings.speech_of(voices.speak("awb", voices.SENTENCES[n])) for n in range(2)
        ]
        take = kiosk.enroll.check_take(speeches[0])
        assert isinstance(take, TakeAccepted)
        kiosk.operators.set_up(LOGIN, "", PIN)

        def verify(_: int) -> None:
            kiosk.verify("desk", speeches[1])

        def enroll(turn: int) -> None:
            kiosk.enroll.save(
                f"desk-{turn % 5}", "Desk", [take], consent=True, replacing=True, decision=ONE_VOICE
            )

        def erase(turn: int) -> None:
            if f"desk-{turn % 5}" in {row.person.user_id for row in kiosk.people.everybody()}:
                kiosk.people.remove(f"desk-{turn % 5}")

        def prefer(turn: int) -> None:
            kiosk.preferences.set(THEME, ("light", "dark")[turn % 2])

        def check_pin(_: int) -> None:
            kiosk.operators.sign_in(LOGIN, PIN)

        kiosk.enroll.save("desk", "Desk", [take], consent=True, decision=ONE_VOICE)
        jobs = (verify, enroll, prefer, verify, check_pin, erase)
        end = time.monotonic() + seconds
        turn = 0
        print("ready", flush=True)
        while time.monotonic() < end or turn < len(jobs):
            job = jobs[turn % len(jobs)]
            try:
                job(turn)
            except WrongPin:
                raise
            except KioskError as error:
                errors.append(f"{job.__name__}: {error.code} {error.message}")
            done[job.__name__] += 1
            turn += 1
    return {"done": dict(done), "errors": errors}


if __name__ == "__main__":
    print(json.dumps(work(Path(sys.argv[1]), float(sys.argv[2]))))
