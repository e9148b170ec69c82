"""The Dockerfile, .dockerignore, compose.yaml and the folder for a Space agree with each other and with the program."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.build_context import ROOT, context_files, image_files
from deploy.lay_out_space import lay_out, main
from settings import Settings
from tests.dockerfile import Stage, read_stages

PROGRAM = ("agents", "building", "chains", "components", "errors", "models", "playground", "rag", "safety", "storage")
TOOLS = ("tests", "bench", "docs", "deploy")
RULES = (ROOT / ".dockerignore").read_text(encoding="utf-8")
BUILD, FINAL = read_stages(ROOT / "Dockerfile")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICE: dict[str, Any] = COMPOSE["services"]["tertulia"]
SPACE = next(yaml.safe_load_all((ROOT / "deploy/space/README.md").read_text(encoding="utf-8").split("\n---\n")[0]))


def known_to_git() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def is_setting(variable: str) -> bool:
    return variable.removeprefix("TERTULIA_").lower() in Settings.model_fields


def test_all_of_the_program_is_in_the_image_and_nothing_else() -> None:
    files = image_files()
    assert {name.split("/")[0] for name in files if "/" in name} == {*PROGRAM, "docs"}
    assert all(name.startswith("docs/lessons/") for name in files if name.startswith("docs/"))
    at_the_top = {name for name in files if "/" not in name}
    assert at_the_top >= {"app.py", "requirements.lock", "requirements-uv.txt", "LICENSE"}
    assert {name for name in at_the_top if name.endswith(".py")} == {path.name for path in ROOT.glob("*.py")}


def test_every_folder_of_the_house_is_either_program_or_tool() -> None:
    """A new one is forgotten in the image otherwise."""
    folders = {name.split("/")[0] for name in known_to_git() if name.endswith(".py") and "/" in name}
    assert folders <= {*PROGRAM, *TOOLS}


@pytest.mark.parametrize(
    "name",
    [
        *(".env", ".env.local", "chains/.env", "components/.git/config", ".git/config", ".venv/bin/python"),
        *("tests/conftest.py", "bench/app/races.py", "deploy/build_context.py", "docs/screenshots/a.png", "README.md"),
        *("data/tertulia.sqlite", "storage/tertulia.sqlite-wal", "models/big.gguf", "owner.key", "safety/server.pem"),
        *("models/__pycache__/gguf.cpython-311.pyc", "compose.yaml", "Makefile", "requirements-dev.lock"),
    ],
)
def test_no_secret_no_model_and_no_test_enters_the_image(name: str) -> None:
    assert context_files([name], RULES) == []


def test_the_last_rule_that_matches_counts_and_a_folder_means_all_in_it() -> None:
    names = ["a/b/c.py", "a/b/d.txt", "e.py", "f/e.py"]
    assert context_files(names, "*\n!a/b\n**/*.txt\n!e.py") == ["a/b/c.py", "e.py"]
    assert context_files(names, "**/e.py\n# all\n\na/*/c.py") == ["a/b/d.txt"]


@pytest.mark.parametrize("stage", [BUILD, FINAL])
def test_what_is_copied_exists_in_what_docker_is_sent(stage: Stage) -> None:
    sent = {*image_files(), "."}
    for origin, sources in stage.copied:
        assert origin == "build" or set(sources) <= sent


def test_the_compiler_stays_behind_and_the_base_can_be_pinned() -> None:
    assert "build-essential" in " ".join(BUILD.all("RUN"))
    assert not re.search("build-essential|gcc|pip|uv ", " ".join(FINAL.all("RUN")))
    assert all(stage.last("FROM").startswith("${PYTHON_IMAGE}") for stage in (BUILD, FINAL))
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.11-slim", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.M)
    assert all(
        "--require-hashes" in line
        for run in BUILD.all("RUN")
        for line in run.split("&&")
        if " install -" in line and "apt" not in line
    )


def test_it_runs_as_an_ordinary_user_who_owns_nothing_of_the_program() -> None:
    assert "useradd --create-home --uid 1000 user" in " ".join(FINAL.all("RUN"))
    names = [name for name, _ in FINAL.instructions]
    assert FINAL.last("USER") == "user"
    assert names.index("USER") > max(place for place, name in enumerate(names) if name in ("RUN", "COPY"))
    assert not any("--chown" in argument for argument in FINAL.all("COPY"))


def test_it_starts_the_program_and_asks_for_a_real_route() -> None:
    assert FINAL.command == ["python", "app.py"]
    checked = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", FINAL.health_check[-1])
    assert checked
    assert checked[1] == FINAL.last("EXPOSE") == FINAL.environment["TERTULIA_PORT"]
    assert f'Route("{checked[2]}"' in (ROOT / "components/watch_routes.py").read_text(encoding="utf-8")
    assert SERVICE["healthcheck"]["test"] == ["CMD", *FINAL.health_check]


def test_everything_written_is_in_the_volume_or_the_temporary_folder() -> None:
    environment = FINAL.environment
    assert FINAL.last("VOLUME") == environment["TERTULIA_DATA_DIR"] == "/data"
    folders = [environment[name] for name in ("TERTULIA_CACHE_DIR", "XDG_CACHE_HOME", "HF_HOME")]
    assert all(folder.startswith(("/data/", "/tmp/")) for folder in folders)  # noqa: S108 (the container's own)
    assert SERVICE["read_only"] is True
    assert [place.split(":")[0] for place in SERVICE["tmpfs"]] == ["/tmp"]  # noqa: S108
    assert SERVICE["volumes"] == ["data:/data"]
    assert set(COMPOSE["volumes"]) == {"data"}


def test_every_variable_named_is_a_setting() -> None:
    texts = [
        (ROOT / name).read_text(encoding="utf-8") for name in ("Dockerfile", "compose.yaml", "deploy/space/README.md")
    ]
    texts += [path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("deploy-*.md")]
    variables = {name for text in texts for name in re.findall(r"TERTULIA_[A-Z]\w*", text)}
    keys = {
        alias for field in Settings.model_fields.values() for alias in getattr(field.validation_alias, "choices", ())
    }
    assert {name for name in variables if not is_setting(name)} <= keys


def test_no_secret_is_written_into_a_layer() -> None:
    words = re.compile("PASSWORD|TOKEN|SECRET|_KEY")
    assert not any(
        words.search(argument) for stage in (BUILD, FINAL) for name in ("ARG", "ENV") for argument in stage.all(name)
    )


def test_compose_gives_the_container_no_right_it_does_not_need() -> None:
    assert SERVICE["cap_drop"] == ["ALL"]
    assert "cap_add" not in SERVICE
    assert "privileged" not in SERVICE
    assert SERVICE["security_opt"] == ["no-new-privileges:true"]
    assert SERVICE["init"] is True
    assert {"mem_limit", "pids_limit", "restart", "stop_grace_period"} <= SERVICE.keys()
    assert SERVICE["ports"] == ["127.0.0.1:7860:7860"]
    assert SERVICE["env_file"] == [{"path": ".env", "required": False}]


def test_the_front_matter_of_a_space_says_what_the_image_does() -> None:
    assert SPACE["sdk"] == "docker"
    assert str(SPACE["app_port"]) == FINAL.last("EXPOSE")
    assert SPACE["license"] == "mit"
    assert len(SPACE["short_description"]) <= 60
    assert "hf_oauth" not in SPACE


def test_a_space_is_laid_out_with_all_that_its_build_needs(tmp_path: Path) -> None:
    target = tmp_path / "space"
    num_files = lay_out(target)
    laid = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert len(laid) == num_files
    assert laid == {*image_files(), "Dockerfile", ".dockerignore", "README.md"}
    assert (target / "README.md").read_text(encoding="utf-8").startswith("---\n")
    assert image_files(target) == image_files()


def test_a_folder_that_is_no_space_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    assert main(["--to", str(tmp_path)]) == 1
    assert (tmp_path / "letter.txt").exists()


def test_every_test_that_a_promise_names_is_there() -> None:
    named = re.findall(r"`(tests/\w+\.py)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
