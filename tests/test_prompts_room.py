"""The Prompts tab without a browser: what is asked of the model, what is shown, and what comes back by address."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

import gradio as gr
import pytest

from components.catalogue import LANGUAGES
from components.prompts_examples import EXAMPLES
from components.prompts_view import MAX_NEW_TOKENS
from errors import EngineBusy, SessionMissing
from playground.exports import to_python
from playground.panel_options import PromptsOptions
from playground.permalinks import from_fragment
from playground.positions import PromptText
from playground.prompt_calls import prompt_calls
from tests.page_reader import catalogue
from tests.playground_texts import SESSION
from tests.prompts_visitor import PromptsVisitor
from tests.scripted_model import ScriptedModel

HOSTILE = "</p><img src=x onerror=1>\u202e {question} &amp; 🦩"
SHOTS = PromptsOptions(instruction="Classify.", examples=(("good", "+"), ("bad", "-")), max_tokens=9)
TEMPLATES = PromptsOptions(compare="templates", templates=("{question}", "Say: {question}"))


@pytest.fixture
async def ana() -> PromptsVisitor:
    return PromptsVisitor()


async def test_every_shot_has_a_column_with_what_it_was_given(ana: PromptsVisitor) -> None:
    ana.choose(SHOTS)
    states = await ana.run("the film")
    assert ana.titles == ["Zero-shot: no example", "One-shot: 1 example", "Few-shot: 2 examples"]
    assert ana.texts == ["You said: the film "] * 3
    assert ana.picture.all(data_fold="prompts-shots-1")[0].text.count("good") == 1
    assert states[0][ana.own.controls.stop].visible
    assert states[-1][ana.own.controls.run].visible
    assert {options["seed"] for options in ana.model.options} == {42}


async def test_the_answers_grow_on_the_page(ana: PromptsVisitor) -> None:
    ana.choose(TEMPLATES)
    states = await ana.run("the film")
    drawn = [state for state in states if ana.own.picture in state]
    assert len(drawn) > 1
    assert "details" not in str(drawn[0][ana.own.picture])  # it cannot be looked into before it is whole


async def test_text_of_anybody_is_never_markup(ana: PromptsVisitor) -> None:
    for options in (SHOTS, TEMPLATES, PromptsOptions(compare="forms"), PromptsOptions(compare="lengths")):
        ana.choose(options)
        for is_chat in (False, True):
            await ana.run(HOSTILE, is_chat=is_chat)
            assert "img" not in ana.picture.tags()
            assert "U+202E" in ana.picture.text


async def test_the_figures_are_a_table_too(ana: PromptsVisitor) -> None:
    ana.choose(TEMPLATES)
    await ana.run("the film")
    (table,) = ana.picture.all(class_="tx-table pm-table")
    rows = [[cell.text for cell in row.inside] for row in table.inside[1].inside]
    assert [row[0] for row in rows] == ["Template 1", "Template 2"]
    assert rows[0][2:] == ["4", "1.33", catalogue.text("en", "app_prompts_end_model")]


async def test_an_answer_that_is_empty_is_said(ana: PromptsVisitor) -> None:
    ana.model.script = lambda _: []
    ana.choose(PromptsOptions(compare="forms"))
    await ana.run("the film")
    assert ana.picture.text.count(catalogue.text("en", "app_prompts_nothing")) == 2


async def test_nothing_is_asked_without_a_question(ana: PromptsVisitor) -> None:
    await ana.run("  ")
    assert ana.picture.text == catalogue.text("en", "app_prompts_empty")
    assert ana.model.prompts == []


@pytest.mark.parametrize(
    ("place", "value", "key"),
    [
        (2, "no arrow", "error_example_misread"),
        (0, "else", "error_option_invalid"),
        (-1, MAX_NEW_TOKENS + 1, "error_option_invalid"),
        (-1, None, "error_option_invalid"),
    ],
)
async def test_what_cannot_be_used_is_refused_and_what_was_seen_stays(
    ana: PromptsVisitor, place: int, value: object, key: str
) -> None:
    ana.choose(SHOTS)
    await ana.run("the film")
    before = ana.shown[ana.own.picture]
    ana.fields[place] = value
    await ana.run("the film")
    assert ana.said == catalogue.text("en", key, line=1, limit=8)
    assert ana.shown[ana.own.picture] == before
    assert ana.shown[ana.own.controls.run].visible


async def test_junk_in_a_field_that_does_not_count_is_no_matter(ana: PromptsVisitor) -> None:
    ana.choose(TEMPLATES)
    ana.fields[2] = "no arrow"
    await ana.run("the film")
    assert len(ana.texts) == 2


async def test_a_template_with_a_stray_brace_says_so(ana: PromptsVisitor) -> None:
    ana.choose(PromptsOptions(compare="templates", templates=("{",)))
    await ana.run("the film")
    assert ana.said == catalogue.text("en", "error_template_brace_alone")


async def test_a_busy_model_gives_the_button_back(ana: PromptsVisitor) -> None:
    ana.model.script = lambda _: [EngineBusy()]
    await ana.run("the film")
    assert ana.said == catalogue.text("en", EngineBusy.key)
    assert not ana.shown[ana.own.controls.stop].visible


async def test_who_stops_keeps_what_was_written(ana: PromptsVisitor) -> None:
    ana.model.pace = asyncio.Event().wait
    ana.choose(TEMPLATES)
    given = [*ana.settings, ana.seed, *ana.fields]
    async with aclosing(ana.events.run(ana.request, "the film", "chat", *given)) as run:
        async for state in run:
            if ana.own.picture in state:
                break
    assert ana.model.num_closed == len(ana.model.prompts)
    (state,) = await ana.see(ana.events.stop(ana.request))
    assert ana.own.picture not in state
    assert ana.said == catalogue.text("en", "app_prompts_stopped")


async def test_a_stranger_without_a_cookie_is_refused(ana: PromptsVisitor) -> None:
    ana.request = gr.Request(cookies={"tertulia_language": "en"}, headers={}, session_hash=SESSION)
    await ana.run("the film")
    assert ana.said == catalogue.text("en", SessionMissing.key)
    assert ana.model.prompts == []


# --- taken away ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EXAMPLES)
async def test_the_address_of_an_example_shows_it_again(ana: PromptsVisitor, name: str, language: str) -> None:
    example = EXAMPLES[name][language]
    ana.choose(example.options)
    ana.seed = example.seed
    await ana.run(example.question, is_chat=example.is_chat)
    experiment = from_fragment(ana.link)
    assert experiment.options == example.options
    assert (experiment.text, experiment.is_chat) == (example.question, example.is_chat)
    bella = PromptsVisitor()
    await bella.restore(ana.link)
    assert bella.shown[bella.own.picture] == ana.shown[ana.own.picture]
    assert bella.shown[bella.own.controls.compare] == name
    assert bella.shown[bella.own.controls.seed] == example.seed


async def test_a_seed_that_nobody_chose_is_drawn_and_told(ana: PromptsVisitor) -> None:
    ana.choose(TEMPLATES)
    ana.seed = ""
    await ana.run("the film")
    seeds = {options["seed"] for options in ana.model.options}
    assert seeds == {from_fragment(ana.link).sampling.seed}
    assert None not in seeds


async def test_what_is_no_address_of_prompts_runs_nothing(ana: PromptsVisitor) -> None:
    ana.choose(TEMPLATES)
    await ana.run("the film")
    bella = PromptsVisitor()
    assert await bella.restore(ana.link, "python") == []
    assert await bella.restore("playground=1nonsense") == []


async def test_files_hold_what_every_call_was_given_and_wrote(ana: PromptsVisitor) -> None:
    ana.choose(TEMPLATES)
    await ana.run("=1+1")
    exports = ana.services.playground.exports
    rows = json.loads(exports.take(ana.owner, SESSION, "prompts", "json"))["rows"]
    assert [row["prompt"] for row in rows] == ["<turn>=1+1", "<turn>Say: =1+1"]
    assert b"You said: Say: =1+1" in exports.take(ana.owner, SESSION, "prompts", "csv")


@pytest.mark.parametrize("name", EXAMPLES)
async def test_a_program_is_made_of_every_comparison(ana: PromptsVisitor, name: str) -> None:
    example = EXAMPLES[name]["es"]
    ana.choose(example.options)
    await ana.run(example.question, is_chat=example.is_chat)
    program = to_python(from_fragment(ana.link))
    compile(program, "program", "exec")
    assert repr(example.question) in program


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_can_be_run(name: str, language: str) -> None:
    example = EXAMPLES[name][language]
    assert example.options.compare == name
    for call in prompt_calls(PromptText(example.question, example.is_chat), example.options):
        assert call.composition("what came before").messages


async def test_a_model_that_tells_no_tokens_shows_its_text() -> None:
    ana = PromptsVisitor(ScriptedModel(tells_little=True))
    ana.choose(TEMPLATES)
    await ana.run("<b>the film")
    assert ana.texts[0] == "You said: <b>the film "
    assert "–" in ana.picture.text
