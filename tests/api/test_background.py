"""The service beside the window: on the same kiosk, in threads of its own."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kiosk.api.background import BackgroundService
from kiosk.api.server import AddressUnusable
from kiosk.bench.api.client import Client, RequestFailed
from kiosk.core.api_policy import ApiPolicy
from kiosk.core.errors import SettingsInvalid
from kiosk.core.visit.outcomes import Verified
from kiosk.services.service_switch import SERVICE, ServiceSwitch
from tests.api.support import Lines, enroll, spoken, voice_file
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kiosk.core.hearing.speech import Speech
    from kiosk.core.ports import ModelCard
    from kiosk.core.voice.heard import Heard
    from kiosk.services.facade import Kiosk


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def service(kiosk: Kiosk, lines: Lines) -> Iterator[BackgroundService]:
    made = BackgroundService(kiosk, ApiPolicy(port=0), lines)
    yield made
    assert made.stop(PATIENCE_S)


def test_the_window_and_the_service_share_people(
    kiosk: Kiosk, service: BackgroundService, lines: Lines
) -> None:
    with closing(Client(service.start())) as client:
        enroll(kiosk, "anna", "slt")
        assert client.verify("anna", voice_file("slt", 1)).verified
        assert not client.verify("anna", voice_file("rms", 1)).verified
        client.enroll("rob", voice_file("rms", 0))
        speech = kiosk.recordings.speech_of(spoken("rms", 1))
        assert isinstance(kiosk.verify("rob", speech), Verified)
    assert service.stop(PATIENCE_S)
    assert '"POST /vv/enroll HTTP/1.1" 200 0' in lines.lines


def test_it_stops_and_starts_any_number_of_times(service: BackgroundService) -> None:
    before = set(threading.enumerate())
    running = [service.running]
    for _ in range(3):
        address = service.start()
        running.append(service.running)
        with closing(Client(address)) as client:
            client._send("POST", "/start_stream")
        assert service.stop(PATIENCE_S)
        running.append(service.running)
        with closing(Client(address)) as client, pytest.raises(RequestFailed, match="Refused"):
            client._send("POST", "/start_stream")
    assert running == [False, True, False, True, False, True, False]
    # Threads that have been told to end may need a moment.
    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(PATIENCE_S)
    assert [thread for thread in left if thread.is_alive()] == []


def test_a_port_that_is_taken_is_told_and_nothing_runs(kiosk: Kiosk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        policy = ApiPolicy(port=other.getsockname()[1])
        service = BackgroundService(kiosk, policy, Lines())
        with pytest.raises(AddressUnusable, match="another program uses it"):
            service.start()
        assert not service.running
        assert service.stop(0)
    service.start()
    assert service.stop(PATIENCE_S)


def test_beyond_this_machine_it_demands_a_key(kiosk: Kiosk) -> None:
    service = BackgroundService(kiosk, ApiPolicy(host="0.0.0.0", port=0), Lines())
    with pytest.raises(SettingsInvalid, match="no API key"):
        service.start()
    assert service.stop(0)


def test_a_request_in_work_is_answered_when_it_stops(
    kiosk: Kiosk, service: BackgroundService, monkeypatch: pytest.MonkeyPatch
) -> None:
    enroll(kiosk, "anna", "slt")
    hear, entered, go_on = kiosk.engine.hear, threading.Event(), threading.Event()

    def held_up(speech: Speech) -> tuple[Heard, ModelCard]:
        entered.set()
        assert go_on.wait(PATIENCE_S)
        return hear(speech)

    monkeypatch.setattr(kiosk.engine, "hear", held_up)
    answers: list[str] = []
    with closing(Client(service.start())) as client:
        body = {"uuid": client._uploaded(voice_file("slt", 1)), "external_id": "anna"}

        def verify() -> None:
            answers.append(client._send("POST", "/vv/verify", body)["result"])

        thread = threading.Thread(target=verify)
        thread.start()
        assert entered.wait(PATIENCE_S)
        assert not service.stop(0)
        go_on.set()
        thread.join(PATIENCE_S)
    assert answers == ["True"]
    assert service.stop(PATIENCE_S)


# --- the switch ------------------------------------------------------------------------------


def test_the_wish_outlives_the_program(kiosk: Kiosk) -> None:
    def switch() -> ServiceSwitch:
        policy = ApiPolicy(port=0)
        return ServiceSwitch(kiosk.preferences, lambda: BackgroundService(kiosk, policy, Lines()))

    first = switch()
    assert first.follow().address is None
    address = first.switch(on=True).address
    assert address is not None
    assert first.switch(on=True).address == address  # it goes on
    assert first.close()
    assert kiosk.preferences.get(SERVICE) == "on"
    second = switch()
    assert second.status.address is None
    status = second.follow()
    assert status.wanted
    assert status.address is not None
    assert second.status == status
    assert second.switch(on=False).address is None
    assert second.close()
    third = switch()
    assert third.follow() == third.status
    assert not third.status.wanted
    assert third.close()
