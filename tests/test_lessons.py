"""The lessons are there in every language, lead to each other, and call the room's parts by their names."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from components.catalogue import LANGUAGES
from components.lessons import (
    LESSON_FOLDER,
    LESSONS,
    MODEL_LESSONS,
    PLAYGROUND_LESSONS,
    lesson_page,
    lesson_path,
    lesson_routes,
)
from tests.html_reader import read_html
from tests.page_reader import catalogue

ROOMS = ("app_tab_models", "app_tab_documents", "app_tab_playground")
TABS = (
    "app_md_catalogue", "app_md_compare", "app_md_evaluate", "app_md_services", "app_sources_space", "app_pg_next",
    "app_pg_prompts",
)  # fmt: skip
SEEN_IN = {"cloud": "app_pg_next"}  # small tabs, of lessons that have none of their own name
LINK = re.compile(r"\]\(([^)]+)\)")


@pytest.mark.parametrize("name", PLAYGROUND_LESSONS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lesson_is_tried_in_the_room_by_its_names(name: str, language: str) -> None:
    room, panel = (catalogue.text(language, key) for key in ("app_tab_playground", SEEN_IN.get(name, LESSONS[name])))
    source = lesson_path(name, language).read_text(encoding="utf-8")
    assert f"**{room} → {panel}**" in source


@pytest.mark.parametrize("name", MODEL_LESSONS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_rooms_and_their_tabs_are_called_as_the_page_calls_them(name: str, language: str) -> None:
    names = {catalogue.text(language, key) for key in ROOMS + TABS}
    called = re.findall(r"\*\*(\S+) → ([^*]+)\*\*", lesson_path(name, language).read_text(encoding="utf-8"))
    assert {one for pair in called for one in pair} <= names
    assert catalogue.text(language, "app_tab_models") in {room for room, _ in called}


@pytest.mark.parametrize("name", LESSONS)
def test_every_language_has_the_same_parts(name: str) -> None:
    shapes = {
        tuple(re.match(r"\W*", line)[0][:3] for line in source.splitlines() if re.match(r"#|\d\.|- \*|\|", line))  # type: ignore[index]
        for source in (lesson_path(name, language).read_text(encoding="utf-8") for language in LANGUAGES)
    }
    assert len(shapes) == 1


@pytest.mark.parametrize("path", sorted(LESSON_FOLDER.glob("*.md")), ids=lambda path: path.name)
def test_links_between_the_files_lead_somewhere(path: object) -> None:
    source = LESSON_FOLDER.joinpath(str(path)).read_text(encoding="utf-8")
    assert all((LESSON_FOLDER / target).exists() for target in LINK.findall(source))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_lead_to_each_other_in_one_language(language: str) -> None:
    client = TestClient(Starlette(routes=lesson_routes(catalogue)))
    for name in LESSONS:
        page = client.get(f"/lessons/{name}?lang={language}")
        links = re.findall(r'href="\./([^"]+)"', page.text)
        assert {f"{other}?lang={language}" for other in LESSONS} == set(links)
        assert f'<html lang="{language}">' in page.text


def test_a_page_is_in_the_language_that_was_chosen() -> None:
    client = TestClient(Starlette(routes=lesson_routes(catalogue)), cookies={"tertulia_language": "es"})
    assert '<html lang="es">' in client.get("/lessons/tokens").text
    assert '<html lang="es">' in client.get("/lessons/tokens?lang=xx").text
    assert client.get("/lessons/nothing").status_code == 404
    assert client.get("/lessons/..%2Ftools").status_code == 404


def test_a_page_is_sound_html() -> None:
    for name in LESSONS:
        main = lesson_page(name, "en", catalogue).partition("<main>")[2].partition("</main>")[0]
        assert read_html(main).tags()[0] == "h1"
