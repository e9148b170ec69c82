"""Texts in their tokens, and how likely they are: what is shown, said and given away is what the model told."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import math

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from components.owner import OWNER_COOKIE
from components.playground_downloads import playground_routes
from errors import EngineBusy
from playground.permalinks import Experiment, from_fragment
from tests.html_reader import Element
from tests.page_reader import catalogue
from tests.playground_texts import SESSION, TextsVisitor
from tests.scripted_rows import CONTEXT_TOKENS, VOCABULARY, log_probability, token_ids

HOSTILE = "</span><b onclick=1>🦩\u202e &amp; \n\tla"


@pytest.fixture
async def ana() -> TextsVisitor:
    return TextsVisitor()


def spans(shown: Element) -> list[Element]:
    return [span for text in shown.all(class_="gb-prompt tx-text") for span in text.inside]


def rows_of(shown: Element, class_: str) -> list[list[str]]:
    (table,) = shown.all(class_=class_)
    body = next(part for part in table.inside if part.tag == "tbody")
    return [[cell.text for cell in row.inside] for row in body.inside]


# --- tokens ----------------------------------------------------------------------------------------------------------


async def test_each_token_is_shown_with_its_id_and_none_is_markup(ana: TextsVisitor) -> None:
    await ana.split(HOSTILE)
    ids = token_ids(HOSTILE)
    assert [span.attributes["title"] for span in spans(ana.tokens)] == [f"id {token_id}" for token_id in ids]
    assert "b" not in ana.tokens.tags()
    cells = rows_of(ana.tokens, "tx-table")
    assert [bytes.fromhex(row[-1]) for row in cells] == [VOCABULARY.token_bytes[token_id] for token_id in ids]


async def test_two_texts_are_compared_by_the_word(ana: TextsVisitor) -> None:
    await ana.split("the cat sat", "el gato")
    figures = {row[0]: row[1:] for row in rows_of(ana.tokens, "tx-figures")}
    counts = [len(token_ids(text)) for text in ("the cat sat", "el gato")]
    assert figures["Words"] == ["3", "2"]
    assert figures["Tokens"] == list(map(str, counts))
    assert figures["Tokens per word"] == [f"{counts[0] / 3:.2f}", f"{counts[1] / 2:.2f}"]
    window = catalogue.text("en", "app_tokens_window", count=str(CONTEXT_TOKENS))
    assert figures[window] == [f"{100 * count / CONTEXT_TOKENS:.2f}%" for count in counts]


async def test_the_text_with_more_tokens_per_word_is_named(ana: TextsVisitor) -> None:
    await ana.split(" the cat", "xyzw xyzw")
    said = catalogue.text("en", "app_tokens_verdict", more=2, less=1, times="4.5")
    assert ana.tokens.one(class_="tx-verdict").text == said
    await ana.split(" the cat", " the dog")
    assert ana.tokens.one(class_="tx-verdict").text == catalogue.text("en", "app_tokens_alike")
    await ana.split(" the cat", "…")
    assert not ana.tokens.all(class_="tx-verdict")


async def test_nothing_is_split_while_nobody_looks(ana: TextsVisitor) -> None:
    assert await ana.split("the cat", seen="false") == []


async def test_an_empty_prompt_is_told_what_to_do(ana: TextsVisitor) -> None:
    await ana.split("", "  ")
    assert ana.tokens.text == catalogue.text("en", "app_tokens_empty")
    await ana.split("", "the cat")
    assert len(spans(ana.tokens)) == len(token_ids("the cat"))


async def test_a_busy_model_leaves_the_tokens_as_they_were(ana: TextsVisitor) -> None:
    await ana.split("the cat")
    before = ana.tokens
    ana.reader.error = EngineBusy()
    (state,) = await ana.split("the cats")
    assert list(state) == [ana.parts.tokens.status]
    assert ana.read(ana.parts.tokens.status).text == catalogue.text("en", EngineBusy.key)
    assert ana.tokens == before


# --- score -----------------------------------------------------------------------------------------------------------


def total(text: str) -> float:
    ids = token_ids(text)
    return math.fsum(log_probability(ids[:place], ids[place]) for place in range(1, len(ids)))


async def test_a_text_has_the_perplexity_of_its_tokens(ana: TextsVisitor) -> None:
    states = await ana.score(" the cat sat")
    ids = token_ids(" the cat sat")
    perplexity = math.exp(-total(" the cat sat") / (len(ids) - 1))
    numbers = [cell.text for cell in ana.scored.all(class_="tx-numbers")[0].inside]
    assert numbers[1].endswith(f"{perplexity:,.1f}")
    titles = [span.attributes["title"] for span in spans(ana.scored)]
    assert titles[0] == f"id {ids[0]} · {catalogue.text('en', 'app_score_nothing_before')}"
    logarithm = f"{log_probability(ids[:1], ids[1]):.2f}".replace("-", "−")
    assert titles[1].startswith(f"id {ids[1]} · ln p = {logarithm} · p = ")
    score = ana.parts.score.controls
    assert [state[score.stop].visible for state in states] == [True, False]
    assert [state[score.score].visible for state in states] == [False, True]


async def test_the_likelier_text_is_named_and_so_is_the_one_likelier_by_token(ana: TextsVisitor) -> None:
    short, long = " the cat", " the cat sat on the mat in the house"
    await ana.score(long, short)
    likelier = 1 if total(long) > total(short) else 2
    said = ana.scored.one(class_="tx-verdict").text
    assert f"text {likelier} " in said.partition(".")[0]
    by_token = [math.exp(-total(text) / (len(token_ids(text)) - 1)) for text in (long, short)]
    surer = by_token.index(min(by_token)) + 1
    key = "app_score_longer_too" if surer == likelier else "app_score_longer_not"
    assert said.endswith(catalogue.text("en", key, surer=surer))
    await ana.score(short, short)
    assert ana.scored.one(class_="tx-verdict").text == catalogue.text("en", "app_score_equal")


async def test_one_token_alone_has_no_score(ana: TextsVisitor) -> None:
    await ana.score(" the")
    assert catalogue.text("en", "app_score_too_short") in ana.scored.text


async def test_a_refused_score_can_be_asked_for_again(ana: TextsVisitor) -> None:
    await ana.score(" the cat")
    before = ana.scored
    await ana.score("x" * CONTEXT_TOKENS)
    limits = {"length": CONTEXT_TOKENS, "limit": CONTEXT_TOKENS - 1}
    assert ana.read(ana.parts.score.status).text == catalogue.text("en", "error_prompt_too_long", **limits)
    assert ana.shown[ana.parts.score.controls.score].visible
    assert ana.scored == before


async def test_who_stops_is_told_so(ana: TextsVisitor) -> None:
    await ana.see(ana.events.score.stop(ana.request))
    assert ana.read(ana.parts.score.status).text == catalogue.text("en", "app_score_stopped")
    assert not ana.shown[ana.parts.score.controls.stop].visible


# --- taken away ------------------------------------------------------------------------------------------------------


def link_in(share: Element) -> str:
    (link,) = {each.attributes["data-link"] for each in share.all(class_="pg-take") if "data-link" in each.attributes}
    return link


async def test_the_address_of_a_score_scores_again(ana: TextsVisitor) -> None:
    await ana.score(" the cat", " the dog")
    before, link = ana.scored, link_in(ana.read(ana.parts.score.share))
    assert from_fragment(link) == Experiment(
        panel="score", model="local/scripted", fingerprint="scripted", text=" the cat", other_text=" the dog"
    )
    bella = TextsVisitor()
    await bella.restore(link)
    assert bella.scored == before


async def test_what_is_no_address_of_a_score_scores_nothing(ana: TextsVisitor) -> None:
    await ana.split(" the cat")
    of_tokens = link_in(ana.read(ana.parts.tokens.share))
    assert await ana.restore(of_tokens) == []
    assert await ana.restore("playground=1nonsense") == []
    assert await ana.restore(of_tokens, "python") == []


async def test_files_hold_what_is_shown_and_are_only_their_owners(ana: TextsVisitor) -> None:
    await ana.split("=1+1", "el gato")
    await ana.score(" the cat")
    app = Starlette(routes=playground_routes(ana.services))

    def get(path: str, cookies: dict[str, str]) -> tuple[int, bytes]:
        with TestClient(app, cookies=cookies) as client:
            answer = client.get(f"/playground/{path}", headers={"accept-language": "en"})
            return answer.status_code, answer.content

    def fetch() -> None:
        table = get(f"{SESSION}/tokens.csv", ana.cookies)[1].decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(table)))
        assert [int(row["id"]) for row in rows] == [*token_ids("=1+1"), *token_ids("el gato")]
        assert rows[0]["text"] == "'="
        told = json.loads(get(f"{SESSION}/score.json", ana.cookies)[1])
        assert told["texts"][0]["log_probability"] == pytest.approx(total(" the cat"))
        gone = (404, catalogue.text("en", "error_export_gone").encode())
        assert get(f"{SESSION}/next.csv", ana.cookies) == get("other/score.json", ana.cookies) == gone
        assert get(f"{SESSION}/score.json", {OWNER_COOKIE: ana.services.owners.new_value()}) == gone
        assert get(f"{SESSION}/score.json", {})[0] == 404
        assert get(f"{SESSION}/score.exe", ana.cookies)[0] == 404

    await asyncio.to_thread(fetch)
