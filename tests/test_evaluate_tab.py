"""The Evaluate tab keeps one's own questions and measures one's own collection."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chains.options import ConversationOptions
from components.evaluate_panel import MOST_VARIANTS, VariantChoice
from components.evaluation_downloads import KINDS, evaluation_routes
from components.owner import OWNER_COOKIE
from errors import OptionInvalid
from rag.evaluation_files import MAX_TRIPLES
from rag.modes import ROOM
from storage.conversations import ConversationStore
from storage.records import Message, Role
from tests.measuring_visitor import VARIANTS, MeasuringVisitor
from tests.page_reader import catalogue

EMBEDDERS = ("use-multilingual", "e5-small")


@pytest.fixture
async def ana(tmp_path: Path) -> MeasuringVisitor:
    visitor = MeasuringVisitor.at(tmp_path)
    visitor.add(tmp_path, "weather", "soup")
    return visitor


def listed(visitor: MeasuringVisitor) -> list[str]:
    triples = visitor.services.documents.measuring.triples
    return [one.question for one in triples.listed(visitor.owner, visitor.own_id)]


async def test_questions_are_written_uploaded_and_deleted(ana: MeasuringVisitor, tmp_path: Path) -> None:
    await ana.ask("  What was the soup? ", "fine", "soup.txt")
    path = tmp_path / "questions.csv"
    path.write_text("pregunta;respuesta\n¿Qué?;=fine\n", encoding="utf-8")
    await ana.upload(path)
    assert listed(ana) == ["What was the soup?", "¿Qué?"]
    assert not path.exists()
    shown = ana.read(ana.evaluate.questions)
    await ana.act("delete", id=shown.all(data_act="delete")[0].attributes["data-id"])
    assert listed(ana) == ["What was the soup?"]
    await ana.act("clear")
    assert listed(ana) == []


async def test_what_cannot_be_kept_is_told_and_the_fields_stay(ana: MeasuringVisitor, tmp_path: Path) -> None:
    await ana.ask("What?", " ", "")
    assert ana.said == catalogue.text("en", "app_evaluate_incomplete")
    path = tmp_path / "questions.json"
    path.write_text('[{"question": "What?", "answer": "fine"}, 7]', encoding="utf-8")
    await ana.upload(path)
    assert ana.said == catalogue.text("en", "error_triples_invalid", line=1)
    await ana.ask("First?", "yes")
    path.write_text("[" + ",".join(['{"question": "What?", "answer": "fine"}'] * MAX_TRIPLES) + "]", encoding="utf-8")
    await ana.upload(path)
    assert str(MAX_TRIPLES) in ana.said
    assert listed(ana) == ["First?"]
    assert not path.exists()


async def test_rows_come_one_kind_of_chunks_after_the_other(ana: MeasuringVisitor) -> None:
    await ana.ask("The soup of day 3?", "", "The soup of day 3 was fine.")
    await ana.ask("Nowhere?", "zzz yyy xxx")
    states = await ana.run()
    tables = [str(state[ana.evaluate.results]) for state in states if ana.evaluate.results in state]
    assert [table.count('scope="row"') for table in tables] == [1, 2]
    assert catalogue.text("en", "app_evaluate_left_out", count=1) in ana.read(ana.evaluate.results).text
    assert ana.said == catalogue.text("en", "app_evaluate_done", count=2)
    assert ana.shown[ana.evaluate.run].visible
    ana.shown.clear()
    await ana.look()
    assert str(ana.shown[ana.evaluate.results]) == tables[-1]


async def test_who_stops_keeps_what_was_measured_and_can_begin_again(ana: MeasuringVisitor) -> None:
    await ana.ask("The soup of day 3?", "", "The soup of day 3 was fine.")
    updates = ana.evaluate_events.run(ana.request, ana.own_id, *VARIANTS)
    async for state in updates:
        if ana.evaluate.results in state:
            break
    second = await ana.run()
    assert ana.said == catalogue.text("en", "app_evaluate_busy")
    assert len(second) == 1
    await updates.aclose()
    assert len(ana.services.documents.measuring.results.of(ana.owner, ana.own_id)) == 1
    await ana.run()
    assert ana.said == catalogue.text("en", "app_evaluate_done", count=2)


async def test_without_questions_or_variants_nothing_is_run(ana: MeasuringVisitor) -> None:
    await ana.run()
    assert ana.said == catalogue.text("en", "app_evaluate_no_questions")
    await ana.ask("What?", "fine")
    await ana.run([], [0], ["e5-small"], ["naive"], False)
    assert ana.said == catalogue.text("en", "app_evaluate_no_variants")
    sizes = [200, 300, 500, 800, 1_000, 1_500]
    await ana.run(sizes, [0, 50, 100], list(EMBEDDERS), ["naive", "advanced"], False)
    assert str(MOST_VARIANTS) in ana.said


async def test_a_failed_run_can_be_begun_again(ana: MeasuringVisitor) -> None:
    await ana.ask("What?", "fine")
    for document in ana.services.documents.library.documents(ana.owner, ana.own_id):
        ana.services.documents.library.delete(ana.owner, document.id)
    await ana.run()
    assert ana.said == catalogue.text("en", "error_nothing_to_search")
    assert ana.shown[ana.evaluate.run].visible


async def test_the_model_proposes_and_what_it_proposed_before_a_stop_stays(ana: MeasuringVisitor) -> None:
    await ana.propose(3)
    assert listed(ana) == ["Question 0?", "Question 2?"]
    assert ana.said == catalogue.text("en", "app_evaluate_proposed", count=2, total=3)
    updates = ana.evaluate_events.propose(ana.own_id, 20, ana.request)
    async for _ in updates:
        if len(listed(ana)) > 2:
            break
    await updates.aclose()
    assert len(listed(ana)) == 3


async def test_rated_answers_of_the_collection_are_listed(ana: MeasuringVisitor) -> None:
    store = ConversationStore(ana.services.documents.measuring.triples._database)
    for collection_id, rating in ((ana.own_id, 1), (ana.own_id, -1), (ana.own_id, 0), ("other", 1)):
        options = {**ConversationOptions().model_dump(), "collection_id": collection_id}
        conversation = store.create(ana.owner, options=options, room=ROOM)
        question = Message(Role.USER, f"<b>{rating}?")
        answer = Message(Role.ASSISTANT, "Yes.", parent_id=question.id, rating=rating)
        store.add(ana.owner, conversation.id, question, answer)
    await ana.look()
    rated = ana.read(ana.evaluate.rated)
    assert len(rated.all(data_act="open")) == 2
    assert [row.text.count("<b>") for row in rated.all(class_="liked")] == [1]


async def test_what_is_anothers_is_as_if_it_never_was(ana: MeasuringVisitor, tmp_path: Path) -> None:
    await ana.ask("Secret?", "fine")
    owner, anas = ana.owner, ana.own_id
    (triple,) = ana.services.documents.measuring.triples.listed(owner, anas)
    ana.become_another()
    said: list[list[str]] = [[], []]
    for words, collection_id in zip(said, (anas, "nobodys"), strict=True):
        path = tmp_path / "questions.csv"
        path.write_text("question,answer\nWhat?,fine\n", encoding="utf-8")
        await ana.look(collection_id)
        words.append(ana.said)
        await ana.ask("What?", "fine", collection_id=collection_id)
        words.append(ana.said)
        await ana.upload(path, collection_id)
        await ana.act("delete", collection_id, id=triple.id)
        await ana.act("clear", collection_id)
        await ana.propose(2, collection_id)
        words.append(ana.said)
        await ana.run(collection_id=collection_id)
        words.append(ana.said)
        assert ana.evaluate.questions not in ana.shown
    assert said[0] == said[1]
    await ana.act("delete", id=triple.id)
    assert ana.services.documents.measuring.triples.listed(owner, anas) == (triple,)


async def test_tables_are_given_to_their_owner_alone(ana: MeasuringVisitor) -> None:
    await ana.ask("The soup of day 3?", "", "The soup of day 3 was fine.")
    await ana.run()
    anas, cookie = ana.own_id, ana.request.cookies[OWNER_COOKIE]
    app = Starlette(routes=evaluation_routes(ana.services))

    def get(kind: str, collection_id: str, cookies: dict[str, str]) -> tuple[int, str]:
        with TestClient(app, cookies=cookies) as client:
            answer = client.get(f"/collections/{collection_id}/{kind}.csv", headers={"accept-language": "en"})
            return answer.status_code, answer.text

    def fetch() -> None:
        for kind in KINDS:
            assert get(kind, anas, {OWNER_COOKIE: cookie})[0] == 200
            stranger = {OWNER_COOKIE: ana.server.owners.new_value()}
            assert get(kind, anas, stranger) == get(kind, "nobodys", stranger)
            assert get(kind, anas, stranger)[0] == 404
            assert get(kind, anas, {})[0] == 404
        assert get("secrets", anas, {OWNER_COOKIE: cookie})[0] == 404

    await asyncio.to_thread(fetch)


async def test_only_what_the_controls_show_is_measured(ana: MeasuringVisitor) -> None:
    choice: VariantChoice = ana.evaluate.variants
    found = choice.read(([500, 200], [100, 0, 50], ["evil/model", "e5-small"], ["quote", "naive"], True), EMBEDDERS)
    sizes = [(one.settings.chunk_size, one.settings.chunk_overlap) for one in found]
    assert sizes == [(200, 0), (200, 50), (200, 100), (500, 0), (500, 50), (500, 100)]
    assert {one.settings.embedder for one in found} == {"e5-small"}
    with pytest.raises(OptionInvalid):
        choice.read((["many"], [0], ["e5-small"], ["naive"], False), EMBEDDERS)
    with pytest.raises(OptionInvalid):
        choice.read(([10**9], [0], ["e5-small"], ["naive"], False), EMBEDDERS)
