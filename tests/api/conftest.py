"""A real kiosk with the built-in voice model, and a client on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.bootstrap import build
from kiosk.settings import load_settings
from tests.api.support import client_of, kiosk_at, service
from tests.support.homes import living_in, move_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from kiosk.api.context import Context
    from kiosk.services.facade import Kiosk
    from tests.api.support import Encoders
    from tests.support.hearing import Hearing


@pytest.fixture(autouse=True)
def built_in_models(hearing: Hearing) -> Iterator[None]:
    """Load the built-in models for the first service that asks for them, and not for each."""
    with hearing.used():
        yield


@pytest.fixture(scope="session")
def prepared(hearing: Hearing, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Encoders]:
    """Return a data folder with an empty database, not to be changed, and the loaded models."""
    with (
        hearing.used(),
        living_in(tmp_path_factory.mktemp("api")) as folder,
        build(load_settings()) as kiosk,
    ):
        kiosk.startup.run(until="model")
        second = kiosk.engine.second._encoder
        assert second is not None
        return folder, (kiosk.engine._loaded(), second)


@pytest.fixture
def kiosk(prepared: tuple[Path, Encoders], data_dir: Path) -> Iterator[Kiosk]:
    """Return a kiosk in which nobody is enrolled."""
    template, encoders = prepared
    move_in(template, data_dir)
    with kiosk_at(data_dir, encoders) as made:
        yield made


@pytest.fixture
def context(kiosk: Kiosk) -> Iterator[Context]:
    """Return a service on loopback that gives raw voiceprints without a key."""
    with service(kiosk, seed_compat=True) as made:
        yield made


@pytest.fixture
def client(context: Context) -> Iterator[TestClient]:
    """Return a client on this machine."""
    with client_of(context) as made:
        yield made
