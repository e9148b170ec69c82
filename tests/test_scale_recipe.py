"""The recipe for several replicas agrees with itself and with the program, and what it sets has its effect."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from building.model_shelf import build_model_shelf
from errors import SettingInvalid
from models.remote.visitor_keys import VisitorKeys
from settings import Settings
from tests.other_models import scripted_local

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "deploy" / "scale"
RECIPE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.scale.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = RECIPE["services"]
REPLICAS = [name for name in SERVICES if name.startswith("app")]


def test_every_variable_is_a_setting_that_takes_what_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in REPLICAS:
        environment = SERVICES[name]["environment"]
        given = {variable.removeprefix("TERTULIA_").lower(): value for variable, value in environment.items()}
        assert set(given) <= set(Settings.model_fields)
        settings = Settings.load(**given)
        assert settings.offered_models == (settings.first_model,)
        assert settings.behind_proxy, "limits would count the proxy in the place of visitors"
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("scaling*.md")]
    named = {name for text in texts for name in re.findall(r"TERTULIA_([A-Z_]+)", text)}
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_the_proxy_knows_all_replicas_and_them_alone() -> None:
    text = (FOLDER / "nginx.conf").read_text(encoding="utf-8")
    assert re.findall(r"server (\w+):7860", text) == REPLICAS == SERVICES["nginx"]["depends_on"]
    assert SERVICES["nginx"]["ports"] == [f"127.0.0.1:8080:{found[1]}" for found in re.finditer(r"listen (\d+);", text)]


def test_only_the_proxy_stands_at_the_door() -> None:
    assert RECIPE["networks"]["inside"]["internal"] is True
    for name, service in SERVICES.items():
        assert ("door" in service["networks"]) == ("ports" in service) == (name == "nginx")


def test_every_address_and_volume_is_of_the_recipe() -> None:
    environment = SERVICES[REPLICAS[0]]["environment"]
    hosts = {found[1] for value in environment.values() if (found := re.search(r"(?://|@)([a-z]+)(?::\d|/)", value))}
    assert hosts <= set(SERVICES)
    volumes = {place.split(":")[0] for service in SERVICES.values() for place in service.get("volumes", ())}
    assert volumes - {"./nginx.conf"} == set(RECIPE["volumes"])


def test_a_first_model_that_cannot_be_asked_is_told_at_the_start(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, first_model="openai/x")
    with pytest.raises(SettingInvalid):
        build_model_shelf(settings, scripted_local(), VisitorKeys())
