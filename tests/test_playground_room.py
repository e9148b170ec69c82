"""The Playground's Next token and Step by step tabs without a browser: what is shown, and what comes in."""

from __future__ import annotations

import json

import pytest

from components.candidate_bars import left_open_of
from errors import EngineBusy, ExportGone
from playground.permalinks import from_fragment, to_fragment
from playground.positions import MAX_CHARACTERS
from playground.views import PathToken
from tests.page_reader import catalogue
from tests.playground_texts import playground_services
from tests.playground_visitor import SESSION, PlaygroundVisitor
from tests.scripted_rows import END_ID, ScriptedRows

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # how Gradio shows a toast where there is no page


@pytest.fixture
def rows() -> ScriptedRows:
    return ScriptedRows()


@pytest.fixture
async def ana(rows: ScriptedRows) -> PlaygroundVisitor:
    """Made while a loop runs: Gradio would make loops of its own and leave them open."""
    return PlaygroundVisitor(playground_services(rows))


async def test_a_prompt_is_read_once_and_sliders_ask_the_model_nothing(
    ana: PlaygroundVisitor, rows: ScriptedRows
) -> None:
    await ana.look()
    first = ana.shown[ana.parts.next_token]
    await ana.show(temperature=2.0)
    await ana.show(order="textbook")
    assert len(rows.asked) == 1
    assert ana.shown[ana.parts.next_token] != first


async def test_nothing_moves_before_something_was_looked_at(ana: PlaygroundVisitor) -> None:
    assert await ana.show(temperature=2.0) == []
    assert await ana.press("choose", id=3) == []


async def test_what_is_cut_stays_in_sight_with_the_stage_that_cut_it(ana: PlaygroundVisitor) -> None:
    await ana.look()
    await ana.show(top_k=2)
    cut = [row for row in ana.rows if "cut" in row.attributes["class"].split()]
    assert len(ana.rows) - len(cut) == 2
    assert {row.attributes["data-cut"] for row in cut} == {"cut by Top-k"}
    assert all(json.loads(row.attributes["data-after"])[-1][0] == 0 for row in cut)


@pytest.mark.parametrize(
    ("settings", "num_left"),
    [({"temperature": 0}, 1), ({"min_p": 1, "top_k": 0}, 1), ({"top_k": 0, "top_p": 1, "min_p": 0}, 289)],
)
async def test_sliders_at_their_ends(ana: PlaygroundVisitor, settings: dict[str, float], num_left: int) -> None:
    await ana.look()
    await ana.show(**settings)
    assert ana.picture.all(class_="pg-figures")[0].text.startswith(f"Tokens left{num_left} of")


async def test_the_formula_is_of_the_token_that_was_pressed(ana: PlaygroundVisitor) -> None:
    await ana.look()
    await ana.show(top_k=3)
    chosen = ana.rows[5].attributes["data-id"]
    await ana.press("choose", id=chosen)
    (pressed,) = [row for row in ana.rows if row.attributes["aria-pressed"] == "true"]
    assert pressed.attributes["data-id"] == chosen
    assert "cut this token" in ana.picture.all(class_="pg-formula")[0].text


async def test_a_temperature_of_zero_says_that_it_is_greedy(ana: PlaygroundVisitor) -> None:
    await ana.look()
    await ana.show(temperature=0)
    assert catalogue.text("en", "app_pg_formula_greedy") in ana.picture.text


async def test_steps_go_on_and_back(ana: PlaygroundVisitor, rows: ScriptedRows) -> None:
    await ana.look()
    await ana.take(300)
    assert ana.path == []  # no such token
    await ana.take(ana.rows[1].attributes["data-id"])
    await ana.do("greedy")
    assert len(ana.path) == 2
    asked = len(rows.asked)
    await ana.do("back")
    await ana.do("begin")
    assert ana.path == []
    assert len(rows.asked) == asked


async def test_a_seed_draws_the_same_path(ana: PlaygroundVisitor) -> None:
    ana.settings["seed"] = "7"
    paths = []
    for _ in range(2):
        await ana.look()
        for _ in range(4):
            await ana.do("draw")
        paths.append(ana.path)
    assert paths[0] == paths[1]
    assert len(paths[0]) == 4


async def test_drawing_first_reads_the_prompt(ana: PlaygroundVisitor) -> None:
    ana.settings["seed"] = "7"
    await ana.do("draw")
    assert len(ana.path) == 1


async def test_many_draws_are_counted_and_come_nearer_to_the_bars(ana: PlaygroundVisitor) -> None:
    ana.settings["seed"] = "1"
    await ana.look()
    states = await ana.do("draw_many")
    assert len(states) > 3
    line = ana.read(ana.parts.steps.picture).all(class_="pg-note pg-drawn-line")[0].text
    assert line.startswith("Drawn 200 times")


async def test_the_end_of_the_text_is_said(ana: PlaygroundVisitor) -> None:
    await ana.look()
    await ana.take(END_ID)
    assert ana.path == []
    assert "ends the text" in ana.said


async def test_a_link_brings_everything_back_to_somebody_else(ana: PlaygroundVisitor) -> None:
    await ana.look()
    await ana.take(ana.rows[0].attributes["data-id"])
    await ana.show(temperature=1.5, top_k=7, order="textbook", seed="12")
    seen, link, path = ana.shown[ana.parts.next_token], ana.link, ana.path
    ana.become_another()
    await ana.come("restore", link=link)
    assert ana.shown[ana.parts.next_token] == seen
    assert ana.path == path
    assert ana.shown[ana.parts.sampling.sliders["top_k"]] == 7
    assert ana.shown[ana.parts.steps.seed] == "12"
    assert ana.shown[ana.parts.sampling.order] == "textbook"


async def test_a_link_of_another_model_is_said_and_its_tokens_are_left_behind(ana: PlaygroundVisitor) -> None:
    await ana.look()
    await ana.take(ana.rows[0].attributes["data-id"])
    from_elsewhere = from_fragment(ana.link).model_copy(update={"fingerprint": "other", "model": "local/other"})
    await ana.come("restore", link=to_fragment(from_elsewhere))
    assert ana.path == []
    assert "local/other" in ana.said


@pytest.mark.parametrize("link", ["", "playground=1", "playground=1AAAA", "x" * 9_000])
async def test_a_broken_link_is_refused_in_a_sentence(ana: PlaygroundVisitor, link: str) -> None:
    await ana.look()
    before = ana.shown[ana.parts.next_token]
    await ana.come("restore", link=link)
    assert ana.said == catalogue.text("en", "error_permalink_invalid")
    assert ana.shown[ana.parts.next_token] == before


async def test_a_program_is_made_of_what_is_seen(ana: PlaygroundVisitor) -> None:
    await ana.look()
    await ana.come("python", link=ana.link)
    program = str(ana.shown[ana.parts.copied]).partition("\n")[2]
    compile(program, "program", "exec")
    assert ana.prompt in program


async def test_files_are_those_of_what_is_seen_and_of_nobody_else(ana: PlaygroundVisitor) -> None:
    await ana.look()
    await ana.show(top_k=5)
    exports = ana.services.playground.exports
    assert json.loads(exports.take(ana.owner, SESSION, "next", "json"))
    assert not ana.read(ana.parts.steps.share).all(download="")  # no token was chosen
    await ana.do("greedy")
    assert exports.take(ana.owner, SESSION, "steps", "csv")
    owner = ana.owner
    ana.become_another()
    assert owner != ana.owner
    with pytest.raises(ExportGone):
        exports.take(ana.owner, SESSION, "next", "json")


@pytest.mark.parametrize("place", ["x", "{}", '{"text":"a","is_chat":false,"path":[-1],"chosen":null}'])
async def test_a_place_that_no_page_sends_is_refused(ana: PlaygroundVisitor, place: str) -> None:
    ana.shown[ana.parts.place] = place
    await ana.show(temperature=1.0)
    assert ana.said == catalogue.text("en", "error_option_invalid")


async def test_a_slider_beyond_its_range_is_refused(ana: PlaygroundVisitor) -> None:
    await ana.look()
    await ana.show(temperature=-1)
    assert ana.said == catalogue.text("en", "error_option_invalid")


async def test_an_engine_that_is_busy_leaves_what_was_seen(ana: PlaygroundVisitor, rows: ScriptedRows) -> None:
    await ana.look()
    before = ana.shown[ana.parts.next_token]
    rows.error = EngineBusy()
    ana.prompt = "something else"
    await ana.look()
    assert ana.said
    assert ana.shown[ana.parts.next_token] == before


async def test_an_empty_prompt_shows_what_the_model_begins_with(ana: PlaygroundVisitor) -> None:
    ana.prompt = ""
    await ana.look()
    assert ana.rows
    assert "begins with" in ana.picture.text


async def test_a_long_prompt_is_named_by_its_length(ana: PlaygroundVisitor) -> None:
    ana.prompt = "the cat " * 1_000
    await ana.look()
    assert "2003" in ana.said
    ana.prompt = "x" * (MAX_CHARACTERS + 5)
    await ana.look()
    assert ana.said


async def test_markup_in_a_prompt_or_a_token_is_text(ana: PlaygroundVisitor) -> None:
    ana.prompt = "<img src=x onerror=alert(1)>"
    await ana.look()
    await ana.take(ord("<"))
    await ana.take(ord("i"))
    for part in (ana.parts.next_token, ana.parts.steps.picture, ana.parts.next_share, ana.parts.steps.share):
        assert "img" not in ana.read(part).tags()
    assert "<img" in ana.picture.text


def test_the_beginning_of_a_character_is_known_by_its_bytes() -> None:
    def open_after(*contents: bytes) -> bytes:
        return left_open_of(tuple(PathToken(number, content, 0.5) for number, content in enumerate(contents)))

    smile = "☃".encode()
    assert open_after(b"a", smile[:1]) == smile[:1]
    assert open_after(smile[:1], smile[1:2]) == smile[:2]
    assert open_after(smile) == b""
    assert open_after(b"\xff") == b""
    assert open_after() == b""
