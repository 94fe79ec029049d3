"""Sets the stage, starts the desktop on it, and lets the robot perform."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kiosk.core.errors import StorageReadOnly
from kiosk.demo.stage import stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kiosk.demo.report import DemoReport
    from kiosk.demo.robot import Robot
    from kiosk.demo.stage import Stage
    from kiosk.services.facade import Kiosk
    from kiosk.ui.application import Application


def perform(out: Path, *, real_microphone: bool = False, verbose: bool = False) -> DemoReport:
    """Run the demo; progress goes to stderr.

    Args:
        out: folder for the screenshots and ``report.json``; made when missing.
        real_microphone: use the system's microphone and loudspeaker.
        verbose: log records on stderr.

    Raises:
        StorageReadOnly: the folder cannot be written.
        KioskError: the stage cannot be set, or the window did not do what it should have done.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StorageReadOnly(
            f"The folder {out} cannot be made.", hint="Choose another with --out."
        ) from exc
    with stage(real_microphone=real_microphone) as place:
        tell(f"Demo on {place.display} with {place.microphone}")
        with open_desktop(place, verbose=verbose) as (kiosk, application):
            from kiosk.demo.job import Demo

            demo = Demo(place, kiosk, application, out, tell)
            with ended_in_order(demo.robot):
                report = demo.perform()
    text = json.dumps(report.as_dict(), indent=2) + "\n"
    (out / "report.json").write_text(text, encoding="utf-8")
    return report


@contextmanager
def open_desktop(place: Stage, *, verbose: bool = False) -> Iterator[tuple[Kiosk, Application]]:
    """Start the desktop as ``kiosk run`` does, but leave the event loop to the caller."""
    from kiosk import logs
    from kiosk.bootstrap import build
    from kiosk.settings import load_settings
    from kiosk.ui.application import Application
    from kiosk.ui.smooth import Smooth

    settings = load_settings(place.data_dir)
    undo = logs.configure(settings.logs_dir, settings.log_level, console=verbose)
    try:
        with build(settings) as kiosk:
            application = Application(kiosk, full_screen=False)
            smooth = Smooth(application.monitor)
            application.start()
            try:
                yield kiosk, application
            finally:
                application.close()
                smooth.close()
    finally:
        undo()


@contextmanager
def ended_in_order(robot: Robot) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM interrupt the robot, so that screen and sound server are ended too."""
    from kiosk.ui.process import TerminationSignals

    signals = TerminationSignals()
    signals.received.connect(lambda _: robot.interrupt())
    try:
        yield
    finally:
        signals.close()


def tell(text: str) -> None:
    """Write one line of progress to stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
