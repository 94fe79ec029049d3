from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from kiosk.core.errors import SettingsInvalid
from kiosk.core.policies import Policies
from kiosk.settings import Settings, default_data_dir, load_settings
from kiosk.settings.effective import leaves, site_config_dir


def write(folder: Path, text: str, name: str = "kiosk.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def refused(**overrides: object) -> str:
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(None, **overrides)
    assert "\n" not in str(caught.value)
    return caught.value.message


# --- sources ---------------------------------------------------------------------------------


def test_the_defaults_are_the_default_policies(data_dir: Path) -> None:
    settings = load_settings()
    assert settings.policies() == Policies()
    assert settings.data_dir == data_dir
    assert settings.database == settings.database_file == data_dir / "kiosk.db"
    assert settings.logs_dir == data_dir / "logs"
    assert settings.models_dir == data_dir / "models"
    assert (settings.log_level, settings.full_screen, settings.language) == ("INFO", False, None)
    assert not data_dir.exists()  # reading settings creates nothing


def test_without_anything_the_platform_decides() -> None:
    assert load_settings().data_dir == default_data_dir()
    assert default_data_dir().name == "voice-kiosk"


def test_each_source_wins_over_the_one_before(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        data_dir,
        """
        log_level = "ERROR"
        language = "de"
        [verification]
        tries = 2
        min_snr_db = 4
        min_net_s = 3.5
        """,
    )
    monkeypatch.setenv("KIOSK_VERIFICATION__TRIES", "4")
    monkeypatch.setenv("KIOSK_VERIFICATION__MIN_SNR_DB", "5.5")
    settings = load_settings(verification__tries=6, log_level=None)
    assert settings.verification.tries == 6
    assert settings.verification.min_snr_db == 5.5
    assert settings.verification.min_net_s == 3.5
    assert settings.verification.inconclusive_tries == 5
    assert settings.log_level == "ERROR"
    origins = {name: (value, origin) for name, value, origin in settings.describe()}
    assert origins["verification.tries"] == ("6", "argument")
    assert origins["verification.min_snr_db"] == ("5.5", "environment")
    assert origins["verification.min_net_s"] == ("3.5", "file")
    assert origins["verification.inconclusive_tries"] == ("5", "default")
    assert origins["data_dir"] == (str(data_dir), "default")
    assert origins["audio.device"] == ("", "default")


def test_a_section_can_be_given_as_a_whole() -> None:
    settings = load_settings(audio={"device": "ALSA: USB"}, model={"threads": 2})
    assert settings.audio.device == "ALSA: USB"
    assert settings.model.threads == 2


def test_the_argument_decides_on_the_folder_and_so_on_the_file(tmp_path: Path) -> None:
    write(tmp_path / "other", "full_screen = true")
    settings = load_settings(tmp_path / "other")
    assert settings.data_dir == tmp_path / "other"
    assert settings.full_screen


def test_relative_folders_and_home_are_resolved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    write(tmp_path / "home" / "kiosk", "full_screen = true")
    assert load_settings("data").data_dir == tmp_path / "data"
    assert load_settings("~/kiosk").full_screen


def test_another_file_can_be_named_and_may_set_the_folder(
    tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(data_dir, 'log_level = "ERROR"')
    file = write(tmp_path, f"data_dir = '{tmp_path / 'there'}'\nlanguage = 'pt_BR'", "site.toml")
    monkeypatch.setenv("KIOSK_CONFIG", str(file))
    settings = load_settings()
    assert settings.data_dir == tmp_path / "there"
    assert (settings.language, settings.log_level) == ("pt_BR", "INFO")


def test_empty_variables_count_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_LOG_LEVEL", "")
    monkeypatch.setenv("KIOSK_AUDIO__DEVICE", "")
    settings = load_settings()
    assert settings.log_level == "INFO"
    assert settings.audio.device is None


def test_variables_that_are_no_settings_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_LOGLEVEL", "DEBUG")
    rows = load_settings().describe()
    assert ("KIOSK_LOGLEVEL", "", "ignored") in rows
    assert [row for row in rows if row[2] == "ignored"] == [("KIOSK_LOGLEVEL", "", "ignored")]


def test_settings_do_not_change() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.language = "de"
    with pytest.raises(ValidationError):
        settings.audio.device = "x"


def test_constructing_settings_reads_no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_LANGUAGE", "de")
    assert Settings().language is None


# --- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overrides", "name", "permitted"),
    [
        ({"log_level": "LOUD"}, "log_level", "DEBUG or INFO or WARNING or ERROR"),
        ({"full_screen": "maybe"}, "full_screen", "true or false"),
        ({"schema_version": 2}, "schema_version", "1"),
        ({"language": "German"}, "language", "such as en"),
        ({"model__threads": 0}, "model.threads", "a whole number from 1 to 64"),
        ({"verification__tries": 11}, "verification.tries", "a whole number from 1 to 10"),
        ({"verification__tries": "x"}, "verification.tries", "a whole number from 1 to 10"),
        ({"verification__min_net_s": 0.4}, "verification.min_net_s", "a number from 0.5 to 10"),
        ({"enrollment__min_snr_db": 41}, "enrollment.min_snr_db", "a number from -10 to 40"),
        ({"enrollment__min_net_s": float("nan")}, "enrollment.min_net_s", "from 1 to 10"),
        ({"enrollment__takes": 0}, "enrollment.takes", "a whole number from 1 to 10"),
        ({"audio": 3}, "audio", "a table with audio.device, audio.wav_file"),
        ({"audio__devise": "x"}, "audio.devise", "audio.device, audio.wav_file"),
        ({"colour": "red"}, "colour", "schema_version, data_dir, database_url"),
        ({"database_url": "mysql://a"}, "database_url", "sqlite:///path"),
    ],
)
def test_refusals_name_the_setting_and_what_is_permitted(
    overrides: dict[str, object], name: str, permitted: str
) -> None:
    message = refused(**overrides)
    assert f" {name}" in message
    assert permitted in message


@pytest.mark.parametrize(
    ("name", "value", "permitted"),
    [
        ("verification.free_failures", 9, "a whole number from 1 to 5 (failures in a row, before"),
        ("verification.place_recovery_s", 61, "a number from 0.1 to 60 (seconds after which one"),
        ("audit.anchor_every", 0, "a whole number from 1 to 1000000 (records between"),
        ("consent.controller", "x" * 201, "a text of at most 200 characters (who is responsible"),
    ],
)
def test_a_refusal_tells_the_range_of_a_setting_that_has_a_description(
    name: str, value: object, permitted: str
) -> None:
    assert f"permitted: {permitted}" in refused(**{name.replace(".", "__"): value})


def test_every_range_is_told() -> None:
    bounds = ("ge", "le", "max_length")
    for name, field in leaves(Settings):
        limits = [getattr(m, of) for m in field.metadata for of in bounds if hasattr(m, of)]
        if limits:
            message = refused(**{name.replace(".", "__"): object()})
            assert all(f"{limit:.10g}" in message for limit in limits), message


def test_a_refusal_never_quotes_a_database_url() -> None:
    assert "hunter2" not in refused(database_url="mysql://me:hunter2@host/db")


def test_refusals_say_where_the_value_is(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(data_dir, "[model]\nthreads = 100")
    assert str(file) in refused()
    monkeypatch.setenv("KIOSK_MODEL__THREADS", "many")
    message = refused()
    assert "KIOSK_MODEL__THREADS" in message
    assert "'many'" in message


def test_a_misspelled_name_within_a_section_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_AUDIO__DEVISE", "x")
    assert "audio.devise in the environment variable KIOSK_AUDIO__DEVISE" in refused()


def test_a_section_in_one_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_AUDIO", "x")
    assert "KIOSK_AUDIO__<NAME>" in refused()


def test_a_file_that_is_not_toml_is_refused_with_its_line(data_dir: Path) -> None:
    file = write(data_dir, "log_level = 'INFO'\nfull_screen = yes\n")
    message = refused()
    assert str(file) in message
    assert "line 2" in message


def test_a_file_that_is_not_text_is_refused(data_dir: Path) -> None:
    write(data_dir, "").write_bytes(b"\xff\xfe\x00")
    assert "is not text" in refused()


def test_a_byte_order_mark_is_no_part_of_the_file(data_dir: Path) -> None:
    write(data_dir, "").write_bytes(b'\xef\xbb\xbflog_level = "DEBUG"\n')
    assert load_settings().log_level == "DEBUG"


def test_a_data_folder_that_is_a_file_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    monkeypatch.setenv("KIOSK_DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(SettingsInvalid, match="Not a directory") as caught:
        load_settings()
    assert "--data-dir" in caught.value.hint


def test_a_folder_in_place_of_the_file_is_refused(data_dir: Path) -> None:
    (data_dir / "kiosk.toml").mkdir(parents=True)
    assert "cannot be read" in refused()


def test_a_named_file_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path / "missing.toml"))
    assert "missing.toml does not exist" in refused()


def test_the_folder_is_not_set_in_the_file_that_lies_in_it(data_dir: Path) -> None:
    write(data_dir, "data_dir = '/elsewhere'")
    assert "data_dir" in refused()


ANCHORING = {
    "keys.place": "[keys]\nplace = 'file'",
    "keys.file": "[keys]\nfile = '/data/logs/.k'",
    "audit.anchor_file": "[audit]\nanchor_file = 'off'",
    "audit.anchor_every": "[audit]\nanchor_every = 1000000",
    "database_url": "database_url = 'sqlite:////data/other.db'",
}


@pytest.mark.parametrize("name", ANCHORING)
def test_what_the_data_are_checked_by_is_not_set_beside_them(
    name: str, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(data_dir, ANCHORING[name])
    with pytest.raises(SettingsInvalid) as caught:
        load_settings()
    assert f"The setting {name} is in {file}, in the data folder" in caught.value.message
    own = "KIOSK_" + name.upper().replace(".", "__")
    for way_out in ("KIOSK_SITE_CONFIG", "KIOSK_CONFIG", own):
        assert way_out in caught.value.hint

    # Neither by naming the file, nor through a link, from whatever side.
    (tmp_path / "link.toml").symlink_to(file)
    (tmp_path / "data-link").symlink_to(data_dir)
    for variable in ("KIOSK_CONFIG", "KIOSK_SITE_CONFIG"):
        for named in (file, tmp_path / "link.toml", tmp_path / "data-link" / "kiosk.toml"):
            with monkeypatch.context() as patched:
                patched.setenv(variable, str(named))
                assert name in refused()

    elsewhere = write(tmp_path / "elsewhere", ANCHORING[name])
    file.unlink()
    for variable in ("KIOSK_CONFIG", "KIOSK_SITE_CONFIG"):
        with monkeypatch.context() as patched:
            patched.setenv(variable, str(elsewhere))
            origins = {row[0]: row[2] for row in load_settings().describe()}
            assert origins[name] in ("file", "site")
    file.symlink_to(elsewhere)  # whoever has the folder can put another link there
    assert name in refused()


# --- the file of the machine -----------------------------------------------------------------


def site(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = write(folder, text, "site.toml")
    monkeypatch.setenv("KIOSK_SITE_CONFIG", str(file))
    return file


def test_the_file_of_the_machine_holds_for_every_data_folder_that_says_nothing_else(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(tmp_path, "language = 'de'\n[verification]\ntries = 2\nmin_snr_db = 4", monkeypatch)
    write(data_dir, "[verification]\ntries = 5")
    settings = load_settings()
    assert (settings.language, settings.verification.tries) == ("de", 5)
    assert settings.verification.min_snr_db == 4
    origins = {name: origin for name, _, origin in settings.describe()}
    assert origins["language"] == origins["verification.min_snr_db"] == "site"
    assert origins["verification.tries"] == "file"
    assert "KIOSK_SITE_CONFIG" not in origins  # it is known, and no setting


def test_the_file_of_the_machine_may_name_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(tmp_path, f"data_dir = '{tmp_path / 'shared'}'", monkeypatch)
    write(tmp_path / "shared", "language = 'fr'")
    settings = load_settings()
    assert (settings.data_dir, settings.language) == (tmp_path / "shared", "fr")
    assert load_settings(tmp_path / "other").data_dir == tmp_path / "other"


def test_a_refusal_names_the_file_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = site(tmp_path, "[model]\nthreads = 100", monkeypatch)
    assert str(file) in refused()
    site(tmp_path, "threads = ", monkeypatch)
    assert f"{file} is not TOML" in refused()
    file.unlink()
    assert f"{file} does not exist" in refused()


def test_the_machine_need_not_have_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KIOSK_SITE_CONFIG")
    assert site_config_dir() == Path("/etc/voice-kiosk")
    if not (site_config_dir() / "kiosk.toml").exists():
        assert load_settings().language is None


def test_logs_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_LOG_DIR", str(tmp_path / "log"))
    assert load_settings().logs_dir == tmp_path / "log"


# --- the development microphone --------------------------------------------------------------


def test_a_recording_replaces_the_microphone_only_in_development(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "KIOSK_ENV=development" in refused(audio__wav_file=tmp_path / "a.wav")
    monkeypatch.setenv("KIOSK_ENV", "production")
    assert "KIOSK_ENV=development" in refused(audio__wav_file=tmp_path / "a.wav")
    monkeypatch.setenv("KIOSK_ENV", "development")
    assert load_settings(audio__wav_file=tmp_path / "a.wav").audio.wav_file == tmp_path / "a.wav"


# --- policies --------------------------------------------------------------------------------


@pytest.mark.parametrize("verify", [0.5, 2.0, 10.0])
@pytest.mark.parametrize("enroll", [1.0, 3.0, 10.0])
def test_utterances_end_only_after_the_speech_that_is_required(
    verify: float, enroll: float
) -> None:
    settings = load_settings(
        verification__min_net_s=verify,
        verification__tries=2,
        enrollment__min_net_s=enroll,
        enrollment__min_snr_db=12,
        enrollment__takes=4,
    )
    policies = settings.policies()
    assert policies.verification.quality.min_net_s == verify
    assert policies.verification.end_point.wanted_net_s > verify
    assert policies.verification.tries == 2
    assert policies.enrollment.quality.min_net_s == enroll
    assert policies.enrollment.end_point.wanted_net_s > enroll
    assert policies.enrollment.quality.min_snr_db == 12
    assert policies.enrollment.quality.min_bandwidth_hz == 5_000.0
    assert policies.enrollment.takes == 4
