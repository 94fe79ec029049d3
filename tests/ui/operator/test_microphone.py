"""The Microphone page: choose, watch, test."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from kiosk.core.hearing.audio import MODEL_RATE
from kiosk.core.ports import Device
from kiosk.services.preferences import MICROPHONE
from kiosk.ui.operator.microphone.analysis import WINDOW_S, SoundWindow
from kiosk.ui.operator.microphone.live import LiveSound
from tests.support.patience import PATIENCE_MS
from tests.ui.sound import HEADSET, silence, voice

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTableWidget

    from kiosk.core.hearing.audio import Samples
    from kiosk.ui.widgets.hearing.hint_banner import HintBanner
    from kiosk.ui.widgets.labels import Text
    from tests.ui.operator.desk import Desk


def rows(desk: Desk) -> dict[str, str]:
    """Return the state of each microphone in the table by its name."""
    model = cast("QTableWidget", desk.find("microphone.table")).model()
    return {
        str(model.index(row, 0).data()): str(model.index(row, 1).data())
        for row in range(model.rowCount())
    }


def select(desk: Desk, name: str) -> None:
    table = cast("QTableWidget", desk.find("microphone.table"))
    table.selectRow(list(rows(desk)).index(name))


def preference(desk: Desk) -> str | None:
    return desk.kit.kiosk.preferences.get(MICROPHONE)


def test_the_microphone_in_use_is_marked(desk: Desk) -> None:
    desk.open_microphone()
    desk.wait(lambda: rows(desk) == {"Desk microphone": "In use, default", "Headset": ""})


def test_a_choice_is_used_at_once_and_remembered(desk: Desk) -> None:
    desk.open_microphone()
    desk.wait(lambda: len(rows(desk)) == 2)
    select(desk, "Headset")
    desk.click("microphone.use")
    desk.wait(lambda: rows(desk)["Headset"] == "In use, chosen")
    assert desk.kit.microphone.device == HEADSET
    assert preference(desk) == HEADSET.key
    desk.click("microphone.default")
    desk.wait(lambda: rows(desk)["Desk microphone"] == "In use, default")
    assert preference(desk) is None


@pytest.mark.expects_log
def test_a_chosen_microphone_that_is_gone_says_so(desk: Desk) -> None:
    desk.open_microphone()
    desk.wait(lambda: len(rows(desk)) == 2)
    desk.kit.microphone.devices = [HEADSET]
    desk.kit.kiosk.preferences.set(MICROPHONE, "Test: Gone")
    desk.kit.kiosk.listener.reopen()
    banner = cast("HintBanner", desk.find("microphone.state"))
    desk.wait(lambda: "MIC-001" in banner.hint)


def test_looking_again_finds_what_was_plugged_in(desk: Desk) -> None:
    desk.open_microphone()
    desk.wait(lambda: len(rows(desk)) == 2)
    desk.kit.microphone.devices.append(Device("Test", "Lapel", 1, MODEL_RATE))
    with desk.qtbot.waitSignal(desk.stage.bridge.microphone, timeout=PATIENCE_MS):
        desk.click("microphone.refresh")
    desk.wait(lambda: "Lapel" in rows(desk))
    desk.wait(lambda: rows(desk)["Desk microphone"] == "In use, default")


@pytest.mark.parametrize(
    ("sound", "words"),
    [
        (np.concatenate([silence(0.5), voice(1, 3.6), silence(1.5)]), "Good"),
        (np.concatenate([silence(0.5), voice(1, 1.0), silence(4.0)]), "Too little was heard"),
        (np.clip(voice(1, 6.0, level=2.0), -1, 1), "Too close"),
        (silence(6.0), "No speech was heard"),
    ],
    ids=["good", "short", "clipped", "silent"],
)
def test_self_test_gives_a_verdict(desk: Desk, sound: Samples, words: str) -> None:
    page = desk.open_microphone()
    desk.click("microphone.test")
    assert page.presenter.testing
    desk.kit.microphone.feed(sound)
    banner = cast("HintBanner", desk.find("microphone.verdict"))
    desk.wait(lambda: words in banner.hint)
    assert desk.enabled("microphone.test")


def test_leaving_ends_the_self_test(desk: Desk) -> None:
    page = desk.open_microphone()
    desk.click("microphone.test")
    desk.click("nav.people")
    assert not page.presenter.testing
    desk.kit.microphone.feed(voice(1, 6.0))
    desk.click("nav.microphone")
    assert cast("HintBanner", desk.find("microphone.verdict")).hint == ""


def test_live_figures_follow_the_sound(desk: Desk) -> None:
    page = desk.open_microphone()
    live = page.findChild(LiveSound)
    assert live is not None
    live.advance()
    desk.kit.microphone.feed(silence(2.0))
    desk.kit.microphone.feed(np.ones(1_600, np.float32))
    desk.kit.microphone.overflows = 3
    live.advance()
    shown = {
        key: cast("Text", desk.find(f"microphone.{key}")).text()
        for key in ("noise", "clipping", "overflows", "rate")
    }
    assert shown == {
        "noise": "−80 dBFS",
        "clipping": "4.8 %",
        "overflows": "3",
        "rate": "16.0 kHz",
    }


def test_spectrum_shows_a_tone_where_it_is_and_as_loud_as_it_is() -> None:
    window = SoundWindow()
    window.reset(MODEL_RATE)
    at = np.arange(MODEL_RATE) / MODEL_RATE
    window.push((0.5 * np.sin(2 * np.pi * 1000.0 * at)).astype(np.float32))
    frequencies, levels = window.spectrum()
    top = int(np.argmax(levels))
    assert frequencies[top] == 1000.0
    assert levels[top] == pytest.approx(20 * np.log10(0.5), abs=0.1)


def test_noise_floor_is_that_of_the_pauses() -> None:
    window = SoundWindow()
    window.reset(MODEL_RATE)
    assert window.figures().noise_dbfs is None
    window.push(np.concatenate([silence(1.0), voice(1, 3.0, level=0.1)]))
    figures = window.figures()
    assert figures.noise_dbfs == pytest.approx(-80.0, abs=1.0)
    assert figures.level_dbfs == pytest.approx(-20.0, abs=1.0)


def test_only_the_last_seconds_are_kept() -> None:
    window = SoundWindow()
    window.reset(8_000)
    window.push(np.ones(8_000, np.float32))
    window.push(np.zeros(int(WINDOW_S * 8_000), np.float32))
    assert window.figures().clipping == 0.0


def test_a_closed_microphone_has_no_figures() -> None:
    window = SoundWindow()
    window.reset(0)
    window.push(np.ones(100, np.float32))
    assert window.figures().noise_dbfs is None
    assert len(window.spectrum()[0]) == 0
