from __future__ import annotations

from pathlib import Path

import pytest

from errors import SettingInvalid
from settings import Settings, child_environment


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_argument_beats_a_variable_which_beats_the_file_which_beats_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings.load().port == 7860
    (tmp_path / ".env").write_text("TERTULIA_PORT=1001\nUNRELATED=yes\n")
    assert Settings.load().port == 1001
    monkeypatch.setenv("TERTULIA_PORT", "1002")
    assert Settings.load(port=None).port == 1002
    assert Settings.load(port=1003).port == 1003


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "x"), ("PORT", "70000"), ("TOP_P", "0"), ("LANGUAGE", "fr"), ("MAX_SEQUENCES", "0")]
)
def test_what_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"TERTULIA_{name}", value)
    with pytest.raises(SettingInvalid) as caught:
        Settings.load()
    assert f"TERTULIA_{name}" in str(caught.value.values["name"])


def test_one_core_is_left_to_the_page_where_there_are_two() -> None:
    assert Settings.load(threads=5).engine_threads == 5
    assert Settings.load().engine_threads >= 1


def test_conversations_are_kept_in_the_data_folder_unless_an_address_is_given(tmp_path: Path) -> None:
    assert Settings.load(data_dir=tmp_path).database == f"sqlite:///{tmp_path / 'tertulia.sqlite'}"
    url = "postgresql://ana:secret@server/tertulia"
    settings = Settings.load(database_url=url)
    assert settings.database == url
    assert "ana:secret" not in repr(settings)


def test_the_models_process_gets_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "hunter2")
    monkeypatch.setenv("TERTULIA_PASSWORD", "hunter2")
    monkeypatch.setenv("TERTULIA_DATABASE_URL", "postgresql://ana:hunter2@server/tertulia")
    monkeypatch.setenv("HARMLESS", "fine")
    environment = child_environment()
    assert environment["HARMLESS"] == "fine"
    assert not any("hunter2" in value for value in environment.values())


def test_a_key_of_a_service_is_known_by_the_services_own_name_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.load().offered_models == ()
    monkeypatch.setenv("GOOGLE_API_KEY", "theirs")
    settings = Settings.load()
    assert settings.google_api_key is not None
    assert settings.offered_models == ("google/gemini-2.5-flash",)
    assert "theirs" not in repr(settings)
    monkeypatch.setenv("TERTULIA_GOOGLE_API_KEY", "ours")
    settings = Settings.load()
    assert settings.google_api_key is not None
    assert settings.google_api_key.get_secret_value() == "ours"
    monkeypatch.setenv("TERTULIA_MODELS", "openai/qwen3, google/gemini-2.5-pro")
    assert Settings.load().offered_models == ("openai/qwen3", "google/gemini-2.5-pro")


@pytest.mark.parametrize("prefix", ["", "TERTULIA_"])
def test_the_hub_is_known_by_its_librarys_own_names_too(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    monkeypatch.setenv(f"{prefix}HF_TOKEN", "hf_hunter2")
    monkeypatch.setenv(f"{prefix}HF_ENDPOINT", "https://mirror.example/hub")
    settings = Settings.load()
    assert settings.hf_token is not None
    assert settings.hf_token.get_secret_value() == "hf_hunter2"
    assert settings.hf_endpoint == "https://mirror.example/hub"
    assert "hunter2" not in repr(settings)
    monkeypatch.setenv(f"{prefix}HF_ENDPOINT", "mirror.example")
    with pytest.raises(SettingInvalid) as caught:
        Settings.load()
    assert caught.value.values["name"] == "TERTULIA_HF_ENDPOINT"


def test_names_are_given_without_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERTULIA_HOSTS", "tertulia.example, *.school.example,fd00::1")
    assert Settings.load().allowed_hosts == ("tertulia.example", "*.school.example", "fd00::1")
    for wrong in ("https://tertulia.example", "tertulia.example:80", "a/b", "*", "*.", "a b"):
        monkeypatch.setenv("TERTULIA_HOSTS", wrong)
        with pytest.raises(SettingInvalid) as caught:
            Settings.load()
        assert "TERTULIA_HOSTS" in str(caught.value.values["name"])


def test_a_short_key_for_programs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERTULIA_API_KEY", "x" * 19)
    with pytest.raises(SettingInvalid):
        Settings.load()
    monkeypatch.setenv("TERTULIA_API_KEY", "hunter2" * 3)
    assert "hunter2" not in repr(Settings.load())


def test_a_space_is_not_for_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Settings.load().is_space
    monkeypatch.setenv("SPACE_ID", "ana/tertulia")
    assert Settings.load().is_space
    assert not Settings.load().is_for_this_machine
