"""Models of further services by their names: what opens them, what is missing, and keys that visitors typed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain.chat_models import base as langchain_models

from building.model_shelf import service_keys
from errors import (
    ModelError,
    ModelKeyMissing,
    ModelPackageMissing,
    ModelUnknown,
    OptionInvalid,
    ServiceKeyInvalid,
    SettingInvalid,
)
from models.remote.keys import ServiceKeys
from models.remote.providers import PROVIDERS, SERVICES, what_is_missing
from models.remote.visitor_keys import IDLE_S, MAX_MODELS, VisitorKeys, masked
from settings import Settings

ROOT = Path(__file__).parent.parent
KEY = "sk-a-key-that-nobody-may-see-4321"
HOSTILE_NAMES = ("", "../admin", "a/../b", "a b", "a?key=1", "a#b", "a\nb", "-a", "ñ", "x" * 257)


@pytest.mark.parametrize("name", PROVIDERS)
def test_langchain_knows_each_provider_by_the_package_that_is_named(name: str) -> None:
    provider = PROVIDERS[name]
    assert langchain_models._BUILTIN_PROVIDERS[provider.langchain_name][0] == provider.module


def test_every_optional_package_can_be_installed_from_the_list() -> None:
    listed = (ROOT / "requirements-services.txt").read_text(encoding="utf-8")
    always = re.findall(
        r"^langchain[a-z-]*==[\d.]+", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
    wanted = {one.requirement for one in PROVIDERS.values()}
    assert wanted - set(always) == set(re.findall(r"^[a-z-]+==[\d.]+", listed, re.MULTILINE))


@pytest.mark.parametrize("service", SERVICES)
def test_a_missing_key_is_named_by_its_variable(service: str) -> None:
    error = what_is_missing(f"{service}/some-model", ServiceKeys())
    assert isinstance(error, ModelKeyMissing)
    assert error.values == {"model": f"{service}/some-model", "variable": f"{service.upper()}_API_KEY"}


def test_a_missing_package_is_named() -> None:
    absent = next((name for name in PROVIDERS if not installed(name)), None)
    if absent is None:
        pytest.skip("all packages of services are installed")
    error = what_is_missing(f"{absent}/some-model", ServiceKeys().with_key(absent, KEY))
    assert isinstance(error, ModelPackageMissing)
    assert error.values["package"] == PROVIDERS[absent].requirement


def installed(name: str) -> bool:
    return what_is_missing(f"{name}/m", ServiceKeys(others={name: KEY})) is None


def test_what_has_a_key_or_is_ones_own_server_lacks_nothing() -> None:
    assert what_is_missing("google/gemini-2.5-flash", ServiceKeys(google=KEY)) is None
    assert what_is_missing("openai/org/model:8b", ServiceKeys(openai_base_url="http://127.0.0.1:1/v1")) is None


@pytest.mark.parametrize("model", HOSTILE_NAMES)
def test_a_name_that_could_change_an_address_is_no_model(model: str) -> None:
    assert isinstance(what_is_missing(f"google/{model}", ServiceKeys(google=KEY)), ModelUnknown)


@pytest.mark.parametrize("name", ["elsewhere/m", "m", "", "/m"])
def test_an_unknown_service_is_no_service(name: str) -> None:
    assert isinstance(what_is_missing(name, ServiceKeys(others={"elsewhere": KEY, "": KEY})), ModelUnknown)


def test_what_is_missing_is_found_out_without_loading_anything() -> None:
    program = (
        "import sys\n"
        "from models.remote.providers import what_is_missing, ServiceKeys\n"
        "what_is_missing('mistral/m', ServiceKeys(others={'mistral': 'k'}))\n"
        "print([name for name in sys.modules if name.startswith(('langchain', 'httpx'))])"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


# --- the operator's keys ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{}_API_KEY", "TERTULIA_{}_API_KEY"])
def test_every_service_takes_a_key_from_the_environment(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for service in SERVICES:
        monkeypatch.setenv(form.format(service.upper()), f"{KEY}-{service}")
    keys = service_keys(Settings.load())
    assert [keys.of(service) for service in SERVICES] == [f"{KEY}-{service}" for service in SERVICES]
    assert KEY not in repr(keys)
    assert KEY not in repr(Settings.load())


def test_services_may_be_behind_a_gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert service_keys(Settings.load()).other_base_urls == {}
    monkeypatch.setenv("TERTULIA_PROVIDER_BASE_URLS", "groq=http://g/v1, anthropic=https://a.example/x=1")
    told = service_keys(Settings.load()).other_base_urls
    assert told == {"groq": "http://g/v1", "anthropic": "https://a.example/x=1"}


@pytest.mark.parametrize(
    "typed", ["groq", "groq=", "groq=ftp://g", "groq=http://a b", "=http://g", "groq=http://g;x=y z"]
)
def test_a_gateway_that_is_mistyped_stops_the_start(
    typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERTULIA_PROVIDER_BASE_URLS", typed)
    with pytest.raises(SettingInvalid):
        Settings.load()


# --- visitors' keys --------------------------------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_visitors_key_is_his_alone_and_shown_by_its_end() -> None:
    visitors = VisitorKeys()
    assert visitors.put("ann", "anthropic", f"  {KEY}\n") == "••••4321"
    assert visitors.shown("ann") == {"anthropic": "••••4321"}
    assert visitors.of("ann").of("anthropic") == KEY
    assert visitors.of("ben") == ServiceKeys()
    assert visitors.shown("ben") == {}
    for shown in (repr(visitors), repr(vars(visitors)), repr(visitors.of("ann"))):
        assert KEY not in shown


def test_a_key_is_replaced_and_forgotten() -> None:
    visitors = VisitorKeys()
    visitors.put("ann", "openai", "first-key-1111")
    visitors.put("ann", "openai", "second-key-2222")
    visitors.put("ann", "google", "third-key-3333")
    assert visitors.shown("ann") == {"openai": "••••2222", "google": "••••3333"}
    visitors.forget("ann", "openai")
    assert visitors.of("ann") == ServiceKeys(google="third-key-3333")
    visitors.forget("ann")
    visitors.forget("ann")
    assert visitors.of("ann") == ServiceKeys()


@pytest.mark.parametrize(
    "key", ["", " ", "short", "a key with spaces", "key-with-ñ-inside", "two\nlines-here", "x" * 513]
)
def test_what_no_header_can_carry_is_no_key(key: str) -> None:
    visitors = VisitorKeys()
    with pytest.raises(ServiceKeyInvalid) as caught:
        visitors.put("ann", "openai", key)
    assert caught.value.values == {}
    assert visitors.shown("ann") == {}


def test_a_key_of_a_service_that_nobody_knows_is_not_kept() -> None:
    with pytest.raises(OptionInvalid):
        VisitorKeys().put("ann", "elsewhere", KEY)


def test_a_visitor_adds_models_of_services_that_his_key_opens() -> None:
    visitors = VisitorKeys()
    visitors.put("ann", "openai", KEY)
    visitors.put("ann", "google", KEY)
    for name in ("openai/one", "google/two", "openai/one"):
        visitors.add_model("ann", name)
    assert visitors.models("ann") == ("google/two", "openai/one")
    assert visitors.models("ben") == ()
    visitors.forget("ann", "openai")
    assert visitors.models("ann") == ("google/two",)
    visitors.drop_model("ann", "google/two")
    assert visitors.models("ann") == ()


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("google/m", ModelKeyMissing),
        ("openai/../m", ModelUnknown),
        ("openai/", ModelUnknown),
        ("other/m", ModelUnknown),
    ],
)
def test_a_model_that_no_key_of_his_opens_is_not_added(name: str, error: type[ModelError]) -> None:
    visitors = VisitorKeys()
    visitors.put("ann", "openai", KEY)
    with pytest.raises(error):
        visitors.add_model("ann", name)
    assert visitors.models("ann") == ()


def test_a_visitor_has_no_more_models_than_a_list_can_show() -> None:
    visitors = VisitorKeys()
    visitors.put("ann", "openai", KEY)
    for number in range(MAX_MODELS + 1):
        visitors.add_model("ann", f"openai/{number}")
    assert visitors.models("ann") == tuple(f"openai/{number}" for number in range(1, MAX_MODELS + 1))


def test_keys_that_nobody_uses_are_forgotten() -> None:
    clock = Clock()
    visitors = VisitorKeys(clock)
    visitors.put("ann", "openai", KEY)
    visitors.put("ben", "openai", KEY)
    clock.now = IDLE_S
    assert visitors.shown("ben")
    clock.now = IDLE_S * 1.5
    assert not visitors.shown("ann")
    assert visitors.shown("ben")


def test_of_too_many_sessions_the_one_used_longest_ago_goes() -> None:
    visitors = VisitorKeys(max_sessions=2)
    for session in ("ann", "ben"):
        visitors.put(session, "openai", KEY)
    visitors.of("ann")
    visitors.put("cleo", "openai", KEY)
    assert [bool(visitors.shown(session)) for session in ("ann", "ben", "cleo")] == [True, False, True]


def test_who_keeps_what_a_key_made_is_told_when_the_key_is_gone() -> None:
    clock, told = Clock(), list[str]()
    visitors = VisitorKeys(clock, max_sessions=2)
    visitors.watch(told.append)
    visitors.put("ann", "openai", KEY)
    visitors.put("ann", "google", KEY)
    assert told == []
    visitors.put("ann", "openai", KEY + "1")
    visitors.forget("ann", "google")
    visitors.forget("ann")
    visitors.forget("ann")
    assert told == ["ann"] * 3
    for session in ("ben", "cleo", "dan"):
        visitors.put(session, "openai", KEY)
    clock.now = IDLE_S * 2
    visitors.shown("eve")
    assert told[3:] == ["ben", "cleo", "dan"]


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=64))
def test_no_more_than_four_characters_of_a_key_are_shown_and_never_half_of_it(key: str) -> None:
    shown = masked(key).removeprefix("••••")
    assert key.endswith(shown)
    assert len(shown) <= min(4, len(key) / 2)
