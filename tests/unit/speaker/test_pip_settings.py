from __future__ import annotations

import os
from pathlib import Path

import pytest

from kiosk.speaker.pip_settings import index_settings, pip_files

ONE, TWO, THREE = (f"https://{name}.example/simple" for name in ("one", "two", "three"))


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def urls(environment: dict[str, str], *files: Path, chosen: str | None = None) -> tuple[str, ...]:
    return index_settings(chosen, environment, files).urls


def test_what_nobody_has_configured_is_not_asked(tmp_path: Path) -> None:
    assert urls({}) == ()
    assert urls({"PIP_INDEX_URL": ""}, tmp_path / "none.conf") == ()


@pytest.mark.parametrize("name", ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"])
def test_variables_name_an_index(name: str) -> None:
    assert urls({name: ONE}) == (ONE,)


def test_further_indexes_come_after_it() -> None:
    found = urls({"PIP_INDEX_URL": ONE, "PIP_EXTRA_INDEX_URL": f"{TWO} {ONE}\n{THREE}"})
    assert found == (ONE, TWO, THREE)
    assert urls({"UV_INDEX": f"mirror={TWO}"}) == (TWO,)
    assert urls({"UV_INDEX": f"{TWO}?a=b"}) == (f"{TWO}?a=b",)


def test_files_are_read_and_later_ones_win(tmp_path: Path) -> None:
    machine = write(tmp_path / "1", f"[global]\nindex-url = {ONE}\nextra_index_url =\n  {THREE}\n")
    user = write(tmp_path / "2", f"[global]\nindex-url = {TWO}\n")
    assert urls({}, machine) == (ONE, THREE)
    assert urls({}, machine, user) == (TWO, THREE)
    assert urls({"PIP_INDEX_URL": ONE}, machine, user) == (ONE, THREE)


@pytest.mark.parametrize("text", ["no sections", "[global\n", "[global]\na = 1\na = 2\n", "\x00"])
def test_a_file_that_is_no_configuration_says_nothing(tmp_path: Path, text: str) -> None:
    assert urls({"PIP_INDEX_URL": ONE}, write(tmp_path / "pip.conf", text)) == (ONE,)


def test_percent_signs_are_no_references(tmp_path: Path) -> None:
    secret = "https://user:p%40ss@one.example/simple"
    assert urls({}, write(tmp_path / "pip.conf", f"[global]\nindex-url = {secret}\n")) == (secret,)


def test_folders_of_this_machine_are_left_out() -> None:
    found = urls({"PIP_EXTRA_INDEX_URL": f"file:///srv/simple /srv/simple {ONE}"})
    assert found == (ONE,)


def test_the_chosen_index_is_the_only_one_and_keeps_the_certificates(tmp_path: Path) -> None:
    file = write(tmp_path / "pip.conf", f"[global]\nindex-url = {ONE}\ncert = /etc/ours.pem\n")
    found = index_settings(TWO, {}, (file,))
    assert (found.urls, found.certificates) == ((TWO,), "/etc/ours.pem")
    assert index_settings(TWO, {"PIP_CERT": "/x.pem"}, (file,)).certificates == "/x.pem"
    assert index_settings(TWO, {}, ()).certificates is None


def test_the_usual_files_of_pip(tmp_path: Path) -> None:
    found = pip_files({"XDG_CONFIG_HOME": str(tmp_path), "PIP_CONFIG_FILE": "/named.conf"})
    assert found[-1] == Path("/named.conf")
    assert os.name == "nt" or tmp_path / "pip" / "pip.conf" in found
    assert pip_files({"PIP_CONFIG_FILE": os.devnull}) == ()
