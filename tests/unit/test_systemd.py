"""Messages to systemd, over a real datagram socket."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from kiosk.core.supervision import Unsupervised
from kiosk.systemd import SystemdSupervisor, supervisor_of
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(PATIENCE_S)
        yield listener


def test_each_message_is_what_systemd_reads(systemd: socket.socket) -> None:
    supervisor = SystemdSupervisor(systemd.getsockname(), None)
    supervisor.ready("In service")
    supervisor.alive()
    supervisor.status("Out of service: MIC-001\nSTOPPING=1")
    supervisor.stopping()
    assert [systemd.recv(4096) for _ in range(4)] == [
        b"READY=1\nSTATUS=In service",
        b"WATCHDOG=1",
        b"STATUS=Out of service: MIC-001 STOPPING=1",  # one line, which says one thing
        b"STOPPING=1",
    ]


def test_an_address_of_the_abstract_namespace_is_understood(tmp_path: Path) -> None:
    name = f"kiosk-test-{os.getpid()}-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + name)
        listener.settimeout(PATIENCE_S)
        SystemdSupervisor("@" + name, None).alive()
        assert listener.recv(4096) == b"WATCHDOG=1"


def test_what_a_unit_puts_into_the_environment_is_taken_out_of_it(
    systemd: socket.socket,
) -> None:
    environment = {
        "NOTIFY_SOCKET": systemd.getsockname(),
        "WATCHDOG_USEC": "30000000",
        "WATCHDOG_PID": str(os.getpid()),
        "PATH": "/usr/bin",
    }
    supervisor = supervisor_of(environment)
    assert environment == {"PATH": "/usr/bin"}  # children do not speak in its name
    assert supervisor.beat_s == 15.0  # half, as sd_watchdog_enabled(3) recommends
    supervisor.alive()
    assert systemd.recv(4096) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    ("interval", "watched", "beat_s"),
    [
        ("2000000", "", 1.0),  # a child of the main process from which WATCHDOG_PID was taken
        ("2000000", "1", None),  # somebody else is watched
        ("", "", None),
        ("0", "", None),
        ("soon", "", None),
        ("-5", "", None),
    ],
)
def test_only_who_is_watched_is_to_beat(
    systemd: socket.socket, interval: str, watched: str, beat_s: float | None
) -> None:
    environment = {
        "NOTIFY_SOCKET": systemd.getsockname(),
        "WATCHDOG_USEC": interval,
        "WATCHDOG_PID": watched,
    }
    assert supervisor_of(environment).beat_s == beat_s


@pytest.mark.parametrize("address", ["", "notify", "vsock:2:1234"])
def test_without_a_unit_nobody_watches(address: str) -> None:
    supervisor = supervisor_of({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"})
    assert isinstance(supervisor, Unsupervised)
    assert supervisor.beat_s is None
    supervisor.ready("In service")
    supervisor.alive()


@pytest.mark.expects_log
def test_who_is_not_listened_to_goes_on_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    supervisor = SystemdSupervisor(str(tmp_path / "nobody"), 1.0)
    supervisor.ready("In service")
    supervisor.alive()
    assert [record.message for record in caplog.records] == [
        "systemd does not listen: No such file or directory"
    ]


@pytest.mark.expects_log
def test_a_queue_that_nobody_reads_does_not_hold_the_window_up(
    systemd: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    supervisor = SystemdSupervisor(systemd.getsockname(), 1.0)
    for _ in range(10_000):  # until it is full: net.unix.max_dgram_qlen
        supervisor.alive()
        if caplog.records:
            break
    assert "does not listen" in caplog.text
    systemd.recv(4096)
    supervisor.alive()  # heard again
    heard = 0
    systemd.setblocking(False)
    try:
        while systemd.recv(4096):
            heard += 1
    except BlockingIOError:
        pass
    assert heard > 0
    assert len(caplog.records) == 1
