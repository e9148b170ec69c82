"""The Space tab draws what the vectors say, of one's own documents only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from components.space_plot import Seen, space_plot
from rag.projection import Point, Space
from storage.document_records import Chunk, Passage
from tests.html_reader import Element, read_html
from tests.measuring_visitor import MeasuringVisitor
from tests.page_reader import catalogue
from tests.test_shown_text import HOSTILE


@pytest.fixture
async def ana(tmp_path: Path) -> MeasuringVisitor:
    return MeasuringVisitor.at(tmp_path)


def plot(ana: MeasuringVisitor) -> Element:
    return ana.read(ana.space.plot).inside[0]


async def test_every_chunk_is_a_point_that_knows_where_it_stands(ana: MeasuringVisitor, tmp_path: Path) -> None:
    ana.add(tmp_path, "weather", "soup")
    await ana.draw()
    points, documents = (json.loads(plot(ana).attributes[f"data-{name}"]) for name in ("points", "documents"))
    passages = ana.services.documents.reading.passages.passages(ana.owner, ana.own_id)
    wanted = {(one.document_id, one.chunk.page, one.chunk.start, one.chunk.end) for one in passages}
    assert {(documents[one[2]][0], *one[3:6]) for one in points} == wanted
    assert {one[6] for one in points} == {None}
    assert [name for _, name in documents] == ["soup.txt", "weather.txt"] or len(documents) == 2
    assert not plot(ana).all(class_="sp-star")


async def test_the_question_is_joined_to_its_nearest_which_the_table_names(
    ana: MeasuringVisitor, tmp_path: Path
) -> None:
    ana.add(tmp_path, "weather")
    first = next(iter(ana.services.documents.reading.passages.passages(ana.owner, ana.own_id)))
    await ana.draw(question=first.chunk.text)
    (table,) = plot(ana).all(class_="sp-table")
    assert "1.00" in table.text
    nearest = table.all(data_act="source")[0].attributes
    assert (nearest["data-document"], nearest["data-start"]) == (first.document_id, str(first.chunk.start))
    assert len(plot(ana).all(class_="sp-line")) == 5


async def test_the_same_text_has_cosine_one(ana: MeasuringVisitor) -> None:
    await ana.compare("Un gato", "Un gato")
    assert "1.000" in ana.read(ana.space.similarity).text
    await ana.compare("Un gato", "  ")
    assert ana.read(ana.space.similarity).text == catalogue.text("en", "app_space_two_texts")


async def test_an_empty_collection_says_so(ana: MeasuringVisitor) -> None:
    await ana.draw()
    assert ana.read(ana.space.plot).text == catalogue.text("en", "app_space_empty")


async def test_another_collection_leaves_nothing_of_the_last_one(ana: MeasuringVisitor, tmp_path: Path) -> None:
    ana.add(tmp_path, "weather")
    await ana.draw()
    await ana.see(ana.space_events.follow(ana.own_id, "", "false", ana.request))
    assert ana.shown[ana.space.plot] == ""


async def test_what_is_anothers_is_as_if_it_never_was(ana: MeasuringVisitor, tmp_path: Path) -> None:
    ana.add(tmp_path, "weather")
    anas = ana.own_id
    ana.become_another()
    said = []
    for collection_id in (anas, "nobodys"):
        await ana.draw(collection_id)
        await ana.compare("One", "Two", collection_id)
        said.append(ana.shown[ana.space.status])
        assert ana.space.plot not in ana.shown
        assert ana.space.similarity not in ana.shown
    assert said[0] == said[1]
    assert catalogue.text("en", "error_collection_not_found") in said[0]


@pytest.mark.parametrize("num", [1, 2, 30])
def test_points_stay_in_the_picture_and_names_are_never_markup(num: int) -> None:
    texts = list(HOSTILE.values())
    passages = {
        one: Passage(one, f"d{one}", texts[one % len(texts)], "", Chunk(0, 1, 0, 9, texts[one % len(texts)]))
        for one in range(num)
    }
    points = tuple(Point(one, 1e3 * one, -(one**2), 0.5) for one in range(num))
    nearest = tuple((passage, 0.5) for passage in list(passages.values())[:10])
    space = Space(points, (0.0, 1.0), nearest, 1.0, num)
    html = space_plot(Seen(space, passages, "<b>"), catalogue, "es")
    shown = read_html(html).inside[0]
    assert all(0 <= x <= 380 and 0 <= y <= 300 for x, y, *_ in json.loads(shown.attributes["data-points"]))
    allowed = {"svg", "g", "circle", "path", "text", "p", "b", "div", "table", "caption", "thead", "tbody", "tr", "th"}
    assert set(shown.tags()) <= allowed | {"td", "button", "span", "small", "ul", "li"}
