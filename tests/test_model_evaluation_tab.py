"""The Evaluate tab of the Models room: what is begun there, how it stands, what came of it, and for whom."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chains.evaluation.files import sample_csv
from components.model_evaluation_choice import MAX_UPLOADS_OF_ONE
from components.model_evaluation_downloads import FILES, model_evaluation_routes
from components.owner import OWNER_COOKIE
from errors import EngineDied, PromptTooLong
from storage.evaluations import EvaluationStatus
from tests.evaluating_visitor import EvaluatingVisitor
from tests.html_reader import read_html
from tests.page_reader import catalogue

HOSTILE = "<img src=x onerror=alert(1)>\u202e =1+1"
NUM_SUMS = 18  # of the set arithmetic-en


def say(key: str, **values: object) -> str:
    return catalogue.text("en", key, **values)


@pytest.fixture
async def ana(tmp_path: Path) -> AsyncIterator[EvaluatingVisitor]:
    visitor = EvaluatingVisitor(tmp_path)
    yield visitor
    await visitor.services.models.evaluating.runner.close()


def write(folder: Path, text: str, name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


async def uploaded(ana: EvaluatingVisitor, folder: Path, text: str) -> str:
    await ana.upload(write(folder, text))
    return str(ana.read(ana.parts.uploaded).inside[0].attributes["data-key"])


async def test_everything_there_is_can_be_chosen(ana: EvaluatingVisitor) -> None:
    await ana.look()
    questions = ana.read(ana.parts.questions)
    sets = {one.id for one in ana.services.models.evaluating.library.listed()}
    assert {one.attributes["value"] for one in questions.one(id="me-set").inside[0].inside} < sets
    assert {one.attributes["data-about"] for one in questions.all() if "data-about" in one.attributes} == sets
    askers = ana.read(ana.parts.askers)
    names = [box.attributes["value"] for box in askers.all(name="me-model")]
    assert names == list(ana.services.models.shelf.names(ana.owner))
    ticked = [box.attributes["value"] for box in askers.all(type="checkbox", checked="")]
    assert ticked == [names[0], "plain"]
    assert say("app_md_ev_none") in ana.read(ana.parts.listed).text
    assert not ana.is_watching


async def test_a_set_is_put_to_models_with_templates(ana: EvaluatingVisitor) -> None:
    ana.models["local/b"].answer = lambda text: "14"
    started = await ana.start(models=["local/a", "local/b"], templates=["plain", "step_by_step"])
    assert ana.said == say("app_md_ev_begun", count=4 * NUM_SUMS)
    assert ana.is_watching
    await ana.ended(started)
    assert not ana.is_watching
    assert say("app_md_ev_complete", total=4 * NUM_SUMS) in ana.read(ana.parts.listed).text
    rows = ana.table(ana.parts.result)
    assert [row[0].startswith(name) for row, name in zip(rows, ["local/a"] * 2 + ["local/b"] * 2, strict=True)]
    assert [row[1] for row in rows[2:]] == ["0.06", "0.06"]
    assert [row[2] for row in rows[2:]] == ["0.01–0.26"] * 2
    assert [row[3] for row in rows] == [f"{NUM_SUMS}/{NUM_SUMS}"] * 4
    assert len(ana.read(ana.parts.result).all(class_="ev-whisker")) == 4


async def test_one_row_is_held_against_another(ana: EvaluatingVisitor) -> None:
    ana.models["local/a"].answer = lambda text: "14" if "8 + 6" in text else "0"
    ana.models["local/b"].answer = lambda text: "14"
    started = await ana.start(models=["local/a", "local/b", "openai/judge"])
    await ana.ended(started)
    assert ana.table(ana.parts.result)[0][-1] == say("app_md_ev_baseline")
    await ana.act("baseline", id=started, variant="2")
    against = [row[-1] for row in ana.table(ana.parts.result)]
    assert against[2] == say("app_md_ev_baseline")
    assert say("app_md_ev_better_worse", better=1, worse=0) in against[0]
    await ana.tick()
    assert ana.table(ana.parts.result)[2][-1] == say("app_md_ev_baseline"), "it stays so"


async def test_answers_can_be_read_and_are_text(ana: EvaluatingVisitor, tmp_path: Path) -> None:
    answers: dict[str, str | Exception] = {
        "one": "uno",
        "two": HOSTILE,
        "three": PromptTooLong(length=9, limit=5),
        "four": "  ",
    }
    ana.models["local/a"].answer = lambda text: answers[text]
    rows = "".join(f"{question},uno|{HOSTILE if question == 'four' else 'zzz'}\n" for question in answers)
    key = await uploaded(ana, tmp_path, f"question,answer\n{rows}")
    started = await ana.start(kind="file", uploaded=key)
    await ana.ended(started)
    await ana.act("outcomes", id=started, variant="0")
    page = ana.read(ana.parts.outcomes)
    assert "img" not in page.tags()
    assert "\u202e" not in page.text
    assert HOSTILE.replace("\u202e", "") in page.text
    items = [item for item in page.all() if item.tag == "li"]
    assert [item.attributes["class"] for item in items] == ["me-right", "me-wrong", "me-wrong", "me-wrong"]
    assert say("app_md_ev_fault_long") in items[2].text


async def test_what_is_missing_is_told_and_nothing_begins(ana: EvaluatingVisitor) -> None:
    forms: dict[str, dict[str, Any]] = {
        "app_md_ev_need_models": {"models": []},
        "app_md_ev_need_templates": {"templates": [f"t{number}" for number in range(9)]},
        "app_md_ev_need_file": {"kind": "file", "uploaded": "nobody's"},
        "app_md_ev_need_text": {"kind": "text", "text": " \n"},
    }
    for key, form in forms.items():
        await ana.start(**form)
        assert ana.said == say(key)
    for form in ({"set": "../secrets"}, {"models": ["local/none"]}, {"templates": ["nobody's"]}, {"judge": "local/no"}):
        await ana.start(**form)
        assert ana.read(ana.parts.status).all(role="alert"), form
    for raw in ("[", "7", "[7]", '{"a": 1}', "[" * 100_000):
        await ana.act("start", kind="library", set="facts-en", models=raw, templates='["plain"]')
        assert ana.said == say("error_option_invalid")
    assert ana.services.models.evaluating.store.listed(ana.owner) == ()


async def test_a_file_that_cannot_be_used_is_told(ana: EvaluatingVisitor, tmp_path: Path) -> None:
    path = write(tmp_path, "question,answer\nwhy,\n")
    await ana.upload(path)
    assert ana.said == say("error_task_set_invalid", line=2)
    assert not path.exists()


async def test_files_are_kept_for_whoever_brought_them_and_only_a_few(ana: EvaluatingVisitor, tmp_path: Path) -> None:
    keys = [
        await uploaded(ana, tmp_path, f"question,answer\n{number}?,yes\n") for number in range(MAX_UPLOADS_OF_ONE + 1)
    ]
    await ana.start(kind="file", uploaded=keys[0])
    assert ana.said == say("app_md_ev_need_file")
    await ana.start(kind="file", uploaded=keys[1])
    assert ana.said == say("app_md_ev_begun", count=1)
    ana.become_another()
    await ana.start(kind="file", uploaded=keys[1])
    assert ana.said == say("app_md_ev_need_file")


async def test_a_text_is_read_by_models_of_this_machine_only(ana: EvaluatingVisitor) -> None:
    started = await ana.start(kind="text", text="El cielo es azul. " * 20, name="cielo", models=["local/a", "local/b"])
    await ana.ended(started)
    rows = ana.table(ana.parts.result)
    assert [row[0] for row in rows] == ["local/a", "local/b"]
    assert rows[0][1] == rows[1][1]
    assert "cielo" in ana.read(ana.parts.listed).text
    await ana.act("outcomes", id=started, variant="0")
    assert ana.read(ana.parts.status).all(role="alert")
    await ana.start(kind="text", text="Hello.", models=["openai/judge"])
    assert ana.said == say("error_probabilities_not_told", model="openai/judge")


async def test_a_judge_adds_a_column(ana: EvaluatingVisitor) -> None:
    ana.models["openai/judge"].answer = lambda _: "yes"
    started = await ana.start(judge="openai/judge")
    await ana.ended(started)
    assert ana.table(ana.parts.result)[0][3] == "1.00"
    assert say("app_md_ev_judged_by", model="openai/judge") in ana.read(ana.parts.result).text


async def test_one_leaves_and_comes_back_stops_goes_on_and_deletes(ana: EvaluatingVisitor) -> None:
    model = ana.models["local/a"]
    model.gate = asyncio.Semaphore(5)
    started = await ana.start()
    await model.was_asked(9)
    ana.shown = {}  # another tab, or the page after a reload
    await ana.look()
    assert ana.place.startswith(started)
    assert ana.is_watching
    assert say("app_md_ev_going", done=5, total=NUM_SUMS) in ana.read(ana.parts.listed).text
    assert ana.table(ana.parts.result)[0][3] == f"5/{NUM_SUMS}"
    await ana.act("stop", id=started)
    assert say("app_md_ev_stopped", done=5, total=NUM_SUMS) in ana.read(ana.parts.listed).text
    assert not ana.is_watching
    model.gate = None
    await ana.act("resume", id=started)
    await ana.ended(started)
    assert len(model.asked) == NUM_SUMS + 4
    await ana.act("delete", id=started)
    assert say("app_md_ev_none") in ana.read(ana.parts.listed).text
    assert ana.read(ana.parts.result).text == ana.place == ""


async def test_what_fails_says_why_and_goes_on_when_it_can(ana: EvaluatingVisitor) -> None:
    ana.models["local/a"].answer = lambda text: EngineDied()
    started = await ana.start()
    await ana.ended(started)
    assert say("error_engine_died") in ana.read(ana.parts.listed).text
    ana.models["local/a"].answer = lambda text: "14"
    await ana.act("resume", id=started)
    await ana.ended(started)
    assert ana.table(ana.parts.result)[0][3] == f"{NUM_SUMS}/{NUM_SUMS}"


async def test_the_same_questions_are_compared_over_time(ana: EvaluatingVisitor) -> None:
    first = await ana.start()
    await ana.ended(first)
    assert ana.read(ana.parts.history).text == ""
    ana.models["local/a"].answer = lambda text: "14"
    second = await ana.start()
    await ana.ended(second)
    rows = ana.table(ana.parts.history)
    assert [row[2] for row in rows] == ["0.06", "0.00"]
    assert say("app_md_ev_better_worse", better=1, worse=0) in rows[0][-1]
    await ana.start(set="facts-en")
    await ana.act("open", id=first)
    assert ana.place.startswith(first)
    assert len(ana.table(ana.parts.history)) == 2


async def test_what_is_another_s_is_not_there(ana: EvaluatingVisitor) -> None:
    started = await ana.start()
    await ana.ended(started)
    store, owner = ana.services.models.evaluating.store, ana.owner
    place = ana.place
    client = TestClient(Starlette(routes=model_evaluation_routes(ana.services)))
    own = {OWNER_COOKIE: ana.request.cookies[OWNER_COOKIE], "tertulia_language": "en"}
    ana.become_another()
    for action in ("stop", "resume", "delete", "open", "baseline", "outcomes"):
        await ana.act(action, id=started, variant="0")
        assert ana.said == say("error_evaluation_not_found"), action
    ana.shown[ana.parts.place] = place
    await ana.tick()
    assert ana.read(ana.parts.result).text == ana.place == ""
    for name in FILES:
        client.cookies = {OWNER_COOKIE: ana.request.cookies[OWNER_COOKIE], "tertulia_language": "en"}
        other = client.get(f"/evaluations/{started}/{name}")
        assert (other.status_code, other.text) == (404, say("error_evaluation_not_found"))
        client.cookies = {}
        assert client.get(f"/evaluations/{started}/{name}").status_code >= 400
        client.cookies = own
        assert client.get(f"/evaluations/{started}/{name}").status_code == 200
    assert store.get(owner, started).status is EvaluationStatus.COMPLETE


async def test_results_are_taken_away(ana: EvaluatingVisitor, tmp_path: Path) -> None:
    ana.models["local/a"].answer = lambda text: "=1+1"
    key = await uploaded(ana, tmp_path, sample_csv("en"))
    started = await ana.start(kind="file", uploaded=key)
    await ana.ended(started)
    cookies = {OWNER_COOKIE: ana.request.cookies[OWNER_COOKIE], "tertulia_language": "es"}
    client = TestClient(Starlette(routes=model_evaluation_routes(ana.services)), cookies=cookies)
    assert client.get("/evaluations/sample.csv").content.startswith("\ufeffpregunta,respuesta".encode())
    assert ",'=1+1," in client.get(f"/evaluations/{started}/outcomes.csv").text
    assert client.get(f"/evaluations/{started}/scores.csv").text.startswith("\ufeffmodel,template")
    told = json.loads(client.get(f"/evaluations/{started}/results.json").text)
    assert told["variants"][0]["outcomes"][0]["outcome"]["answer"] == "=1+1"
    assert client.get(f"/evaluations/{started}/other.csv").status_code == 404


async def test_what_the_page_never_asks_for_does_nothing(ana: EvaluatingVisitor) -> None:
    started = await ana.start()
    await ana.ended(started)
    for place in ("", "x", "- -1 ~", f"{started} 99 y", f"{started} {'9' * 50}", "a b c d e"):
        ana.shown[ana.parts.place] = place
        await ana.tick()
        assert ana.place.startswith(started)
    for variant in ("", "-1", "7", "x"):
        await ana.act("outcomes", id=started, variant=variant)
        assert ana.read(ana.parts.status).all(role="alert")
    before = dict(ana.shown)
    await ana.act("explode", id=started)
    assert ana.shown == before
    assert read_html(str(ana.shown[ana.parts.listed])).all(data_act="delete")
