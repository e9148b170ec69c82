"""The Catalogue tab as its handlers show it: cards, filters, the full card, what is loaded and measured."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from components.catalogue import LANGUAGES, Catalogue
from components.lessons import LESSONS
from components.local_text import LocalText
from components.model_catalogue_mark import model_catalogue_mark
from errors import ModelTooLarge
from tests.html_reader import read_html
from tests.hub_shelf import SLOW, entry, small_gguf
from tests.model_catalogue_visitor import ELSEWHERE, ModelCatalogueVisitor, acts
from tests.scripted_local_models import FIRST

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
async def visitor(tmp_path: Path) -> ModelCatalogueVisitor:
    return ModelCatalogueVisitor(tmp_path)


def keep(visitor: ModelCatalogueVisitor, stored: str, name: str = "Stories") -> None:
    place = visitor.folder.place(stored)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(small_gguf(name))


async def test_who_comes_sees_every_model_and_what_this_machine_has(visitor: ModelCatalogueVisitor) -> None:
    await visitor.look()
    entries = visitor.services.models.files.catalogue.listed()
    assert {one.id for one in entries} < set(visitor.ids)
    assert len(visitor.ids) == len(entries) + 1
    assert "SmolLM2 135M" in visitor.machine.text
    assert "300\xa0MB of 4.0\xa0GB" in visitor.machine.text
    assert "data-operator" in visitor.machine.inside[0].attributes
    assert acts(visitor.card(SLOW)) == ["open", "get"]


async def test_others_see_the_cards_and_who_can_add_models(visitor: ModelCatalogueVisitor) -> None:
    visitor.request = visitor.new_request(ELSEWHERE)
    await visitor.look()
    assert {act for card in visitor.grid.all(role="listitem") for act in acts(card)} == {"open"}
    assert "Whoever runs this Tertulia" in visitor.machine.text
    assert "data-operator" not in visitor.machine.inside[0].attributes
    assert "data-here" not in visitor.machine.inside[0].attributes


async def test_filters_narrow_the_cards(visitor: ModelCatalogueVisitor) -> None:
    await visitor.look()
    await visitor.refresh(text="smollm3")
    assert visitor.ids == [SLOW]
    await visitor.refresh(text="", task="embedding")
    assert visitor.ids == ["embeddinggemma-300m"]
    await visitor.refresh(task="", language="th")
    assert visitor.ids == ["llama-3.2-1b-instruct", "llama-3.2-3b-instruct"]
    await visitor.refresh(language="", licence="open", size=500_000_000, tools=True)
    assert visitor.ids == ["granite-4.0-350m"]
    await visitor.refresh(text="nobody")
    assert acts(visitor.grid) == ["unfilter"]
    await visitor.refresh(text="", licence="", size="", tools=False, fits=True)
    assert SLOW in visitor.ids
    assert "qwen3-8b" not in visitor.ids


BAD_FILTERS = ["[]", "{", '{"task": "cooking"}', '{"size": "x"}', '{"text": 3}', "\udcff", "9" * 9_999]


async def test_what_no_filter_says_is_refused(visitor: ModelCatalogueVisitor) -> None:
    for wanted in BAD_FILTERS:
        await visitor.see(visitor.events.refresh(wanted, visitor.request))
        assert visitor.was_refused, wanted
        assert len(visitor.said) < 200


async def test_a_card_opens_to_the_full_card(visitor: ModelCatalogueVisitor) -> None:
    await visitor.look()
    await visitor.open("lfm2.5-1.2b-instruct")
    text = visitor.full.text
    facts = ("Liquid AI", "LFM Open License", "1.2 billion", "32,768 tokens", "Q4_K_M", "b1b3de11", "Spanish, English")
    assert [fact for fact in facts if fact not in text] == []
    links = [link for link in visitor.full.all(target="_blank") if "://" in link.attributes["href"]]
    assert links
    assert all({"noreferrer", "noopener"} <= set(link.attributes["rel"].split()) for link in links)
    assert "Takes 731\xa0MB of the disk" in visitor.now.text
    assert acts(visitor.now) == ["get"]
    await visitor.open("")
    assert (visitor.full.inside, visitor.now.inside) == ([], [])


@pytest.mark.parametrize(
    ("model_id", "lessons"),
    [
        ("qwen3-0.6b-base", {"Open source": "open-and-closed", "base model": "base-and-instruct"}),
        ("lfm2.5-1.2b-instruct", {"Open weights": "open-and-closed", "Tuned to follow": "base-and-instruct"}),
        ("embeddinggemma-300m", {"Open weights": "open-and-closed", "Encoder": "encoder-and-decoder"}),
    ],
)
async def test_the_words_of_a_card_that_a_lesson_is_about_lead_there(
    visitor: ModelCatalogueVisitor, model_id: str, lessons: dict[str, str]
) -> None:
    await visitor.open(model_id)
    links = {link.text: link.attributes["href"] for link in visitor.full.all(target="_blank")}
    found = {word: address for word, address in links.items() if address.startswith("./lessons/")}
    assert {address.rpartition("/")[2] for address in found.values()} <= set(LESSONS)
    for word, lesson in lessons.items():
        assert [found[one] for one in found if one.startswith(word)] == [f"./lessons/{lesson}"]


async def test_what_a_model_needs_grows_with_the_conversation(visitor: ModelCatalogueVisitor) -> None:
    await visitor.open("qwen3-0.6b")
    stops = visitor.full.all(class_="md-need")
    assert [stop.attributes["data-says"] for stop in stops][:2] == ["1,024 tokens", "2,048 tokens"]
    assert len([stop for stop in stops if "hidden" not in stop.attributes]) == 1
    assert "published shape" in visitor.full.text
    keep(visitor, "ana/stories/stories.gguf")
    await visitor.refresh()
    await visitor.open(next(one for one in visitor.ids if "Stories" in visitor.card(one).text))
    assert "from the header of the file" in visitor.full.text


async def test_this_machine_is_measured_when_somebody_asks(visitor: ModelCatalogueVisitor) -> None:
    await visitor.look()
    assert "tokens/s" not in visitor.card("qwen3-4b").text
    await visitor.open("qwen3-4b")
    assert "measure" in acts(visitor.full)
    await visitor.use("measure")
    assert "progress" in str(visitor.states[0][visitor.parts.status])
    assert "about 1.7 tokens/s" in visitor.card("qwen3-4b").text
    assert "About 1.7 tokens/s, likely 1.2 to 2.2" in visitor.full.text
    assert "may be off by 30%" in visitor.full.text
    assert "10.0 GB/s" in visitor.machine.text
    await visitor.open("embeddinggemma-300m")
    assert "tokens/s" not in visitor.full.text


async def test_the_operator_measures_again(visitor: ModelCatalogueVisitor) -> None:
    await visitor.look()
    assert "measure_again" not in acts(visitor.machine)
    await visitor.use("measure")
    assert "measure_again" in acts(visitor.machine)
    await visitor.use("measure_again")
    assert "10.0 GB/s" in visitor.machine.text
    visitor.request = visitor.new_request(ELSEWHERE)
    await visitor.look()
    assert "measure_again" not in acts(visitor.machine)
    await visitor.use("measure_again")
    assert visitor.was_refused


async def test_anybody_loads_a_model_that_is_here(visitor: ModelCatalogueVisitor) -> None:
    keep(visitor, "ana/stories/stories.gguf")
    visitor.request = visitor.new_request(ELSEWHERE)
    await visitor.look()
    await visitor.use("load", name="local/ana/stories/stories.gguf")
    assert any('value="0.500"' in str(state.get(visitor.parts.status)) for state in visitor.states)
    assert "Stories is in memory" in visitor.said
    assert visitor.local.in_memory == ["local/ana/stories/stories.gguf", FIRST]
    assert "Stories" in visitor.machine.text


async def test_a_model_that_cannot_be_loaded_says_why(visitor: ModelCatalogueVisitor) -> None:
    visitor.local.faults = {FIRST: ModelTooLarge(model="SmolLM2", need=9_000, limit=4_000)}
    await visitor.use("load", name=FIRST)
    assert visitor.was_refused
    assert "9000" in visitor.said
    await visitor.use("load", name="local/../../etc/passwd")
    assert visitor.was_refused


async def test_who_waits_for_a_model_sees_that_it_goes_on(visitor: ModelCatalogueVisitor) -> None:
    visitor.local.go_on.clear()
    loading = asyncio.create_task(visitor.use("load", name=FIRST))
    await visitor.local.is_waiting.wait()
    visitor.local.go_on.set()
    await loading
    assert "is in memory" in visitor.said


async def test_text_of_a_file_is_never_markup(visitor: ModelCatalogueVisitor) -> None:
    keep(visitor, "ana/stories/stories.gguf", HOSTILE)
    await visitor.look(text="onerror")
    (found,) = visitor.ids
    await visitor.open(found)
    await visitor.use("load", name="local/ana/stories/stories.gguf")
    for shown in visitor.shown.values():
        assert HOSTILE not in str(shown)
        assert "img" not in read_html(str(shown)).tags()
    assert HOSTILE in visitor.full.text


async def test_the_mark_changes_with_what_is_here(visitor: ModelCatalogueVisitor) -> None:
    room = visitor.services.models.files
    marks = {model_catalogue_mark(room)}
    keep(visitor, "ana/stories/stories.gguf")
    marks.add(model_catalogue_mark(room))
    visitor.local.in_memory = []
    marks.add(model_catalogue_mark(room))
    await asyncio.to_thread(room.machine.measured_bandwidth)
    marks.add(model_catalogue_mark(room))
    assert len(marks) == 4
    assert model_catalogue_mark(room) in marks


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_card_opens_in_both_languages(visitor: ModelCatalogueVisitor, language: str) -> None:
    visitor.request.kwargs["cookies"]["tertulia_language"] = language
    await visitor.look()
    about = LocalText(Catalogue.load(), language).html("app_md_fact_licence")
    for model_id in visitor.ids:
        await visitor.open(model_id)
        assert about in visitor.full.text
    await visitor.open(SLOW)
    assert getattr(entry(SLOW).about, language) in visitor.full.text
