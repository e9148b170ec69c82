"""The N-grams tab: counts and the model's words side by side, on one's own texts and on nobody else's."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from components.ngrams_view import EXAMPLES
from errors import DocumentNotFound, EngineBusy, OptionInvalid, TrainingTextMissing
from playground.ngrams import words_of
from playground.panel_options import NgramsOptions
from playground.permalinks import from_fragment
from tests.ngrams_visitor import NgramsVisitor
from tests.page_reader import catalogue
from tests.scripted_rows import CONTEXT_TOKENS

HOSTILE = "</i><b onclick=1>x</b> \u202e & the cat <script> sat"


@pytest.fixture
async def ana(tmp_path: Path) -> AsyncGenerator[NgramsVisitor]:
    visitor = NgramsVisitor(tmp_path)
    yield visitor
    visitor.database.close()


def said(key: str, **values: object) -> str:
    return catalogue.text("en", key, **values)


async def test_both_say_what_may_come_next_and_write(ana: NgramsVisitor) -> None:
    states = await ana.run()
    both = said("app_ngrams_both")
    counted = [(row[0].removesuffix(f" {both}"), row[1], row[2]) for row in ana.rows("ngrams")]
    assert counted == [("sat", "1", "50.0%"), ("ran", "1", "50.0%")]
    assert "P(sat | cat) = N(cat sat)N(cat) = 12 = 50.0%" in ana.picture.text
    assert said("app_ngrams_context", context="cat", count=2, different=2) in ana.picture.text
    assert len(ana.rows("model")) == 10
    ngrams, model = ana.texts
    assert len(words_of(ngrams)) == 6
    assert 0 < len(words_of(model)) <= 6
    run, stop = ana.parts.ngrams.controls.run, ana.parts.ngrams.controls.stop
    assert (states[0][run].visible, states[0][stop].visible) == (False, True)
    assert (states[-1][run].visible, states[-1][stop].visible) == (True, False)


async def test_what_the_model_says_is_counted_in_the_text_too(ana: NgramsVisitor) -> None:
    await ana.run()
    word = ana.rows("model")[0][0]
    await ana.run(own=f"the cat {word} the cat {word}")
    assert ana.rows("model")[0][:2] == (f"{word} {said('app_ngrams_both')}", "2")


async def test_counting_is_seen_before_the_model_has_spoken(ana: NgramsVisitor) -> None:
    updates = ana.events.run(ana.request, ana.prompt, *ana.given.values())
    ana.shown |= await anext(updates)
    ana.shown |= await anext(updates)
    assert len(ana.rows("ngrams")) == 2
    assert said("app_ngrams_reading") in ana.picture.text
    await updates.aclose()


async def test_who_leaves_stops_the_model(ana: NgramsVisitor) -> None:
    ana.sampler.is_held = True
    updates = ana.events.run(ana.request, ana.prompt, *ana.given.values())
    async for state in updates:
        ana.shown |= state
        if ana.parts.ngrams.picture in state and len(ana.texts) == 2:
            break
    await updates.aclose()
    assert ana.sampler.num_closed == 1
    await ana.see(ana.events.stop(ana.request))
    assert ana.shown[ana.parts.ngrams.controls.run].visible  # there is nothing left to stop


async def test_what_was_written_until_it_is_stopped_stays_and_is_not_taken_for_all(ana: NgramsVisitor) -> None:
    ana.sampler.is_held = True
    updates = ana.events.run(ana.request, ana.prompt, *ana.given.values())
    is_stopped = False
    async for state in updates:
        ana.shown |= state
        if ana.parts.ngrams.picture in state and len(ana.texts) == 2 and not is_stopped:
            await ana.see(ana.events.stop(ana.request))
            is_stopped = True
    assert ana.status == said("app_ngrams_stopped")
    assert len(ana.texts) == 2
    assert (ana.sampler.num_closed, ana.shown[ana.parts.ngrams.controls.stop].visible) == (1, False)
    ana.sampler.is_held = False
    await ana.run()
    assert len(ana.sampler.asked) == 2


async def test_another_n_needs_no_pass_of_the_model(ana: NgramsVisitor) -> None:
    await ana.run()
    num_rows, texts = len(ana.reader.asked), ana.texts
    await ana.recount(n=1, k=0.5)
    assert (len(ana.reader.asked), len(ana.sampler.asked)) == (num_rows, 1)
    assert ana.texts[1] == texts[1]
    assert ana.rows("ngrams")[0][:2] == ("the", "3")
    assert "P(the) = N(the) + kN + k·V = 3 + 0.5012 + 0.50·6" in ana.picture.text
    options = from_fragment(ana.link).options
    assert isinstance(options, NgramsOptions)
    assert (options.n, options.k) == (1, 0.5)


async def test_a_new_beginning_is_counted_at_once_and_the_model_waits_to_be_asked(ana: NgramsVisitor) -> None:
    await ana.recount()
    assert len(ana.rows("ngrams")) == 2
    assert said("app_ngrams_not_asked") in ana.picture.text
    assert (ana.reader.asked, ana.sampler.asked) == ([], [])
    assert ana.shown[ana.parts.ngrams.share] == ""


async def test_what_was_never_seen_is_said(ana: NgramsVisitor) -> None:
    ana.prompt = "dog the"
    await ana.run(n=3)
    assert said("app_ngrams_dropped", asked="dog the") in ana.picture.text
    await ana.run(k=1.0)
    assert said("app_ngrams_never", context="dog the", words=6) in ana.picture.text
    assert not ana.picture.all(class_="ng-words ng-ngrams")


async def test_an_empty_beginning_begins_with_the_most_frequent(ana: NgramsVisitor) -> None:
    ana.prompt = ""
    await ana.run()
    assert ana.rows("ngrams")[0][:2] == ("the", "3")
    assert said("app_ngrams_nothing_before") in ana.picture.text


async def test_words_of_others_are_no_markup(ana: NgramsVisitor) -> None:
    ana.prompt = HOSTILE
    await ana.run(own=f"{HOSTILE} {HOSTILE}", n=2)
    await ana.run(n=1)
    assert not {"b", "script"} & set(ana.picture.tags())
    assert "\u202e" not in ana.picture.text
    assert "⟨U+202E⟩" in ana.picture.text


# --- what is counted in ----------------------------------------------------------------------------------------------


async def test_a_text_is_needed(ana: NgramsVisitor) -> None:
    await ana.run(own="  \n")
    assert ana.status == said(TrainingTextMissing.key)
    await ana.run(source="document")
    assert ana.status == said(TrainingTextMissing.key)
    assert ana.shown[ana.parts.ngrams.controls.run].visible


async def test_every_example_has_something_to_count(ana: NgramsVisitor) -> None:
    for ana.prompt, source, n in EXAMPLES:
        await ana.recount(source=source, n=n)
        assert ana.rows("ngrams")


async def test_a_document_is_counted_by_its_owner_alone(ana: NgramsVisitor) -> None:
    document = ana.add_document()
    ana.prompt = "Los"
    await ana.run(source="document", document_id=document.id)
    assert {row[0] for row in ana.rows("ngrams")} == {"ríos", "lagos"}
    link, before = ana.link, ana.picture
    ana.become_another()
    await ana.run()
    assert ana.status == said(DocumentNotFound.key)
    await ana.restore(link)
    assert ana.status == said(DocumentNotFound.key)
    assert ana.picture == before  # of the one who saw it: nothing took its place


async def test_who_has_documents_can_choose_one(ana: NgramsVisitor) -> None:
    controls = ana.parts.ngrams.controls
    await ana.choose("document")
    assert said("app_ngrams_no_document") in str(ana.shown[controls.none])
    document = ana.add_document()
    ana.shelf.add("unread.pdf")
    await ana.choose("document")
    shown = ana.shown[controls.document]
    assert (shown.value, shown.choices) == (document.id, [("rivers.pdf", document.id)])
    assert ana.shown[controls.none] == ""
    ana.become_another()
    await ana.choose("document")
    assert ana.shown[controls.document].choices == []
    assert await ana.choose("own") == [{}]


# --- refused ---------------------------------------------------------------------------------------------------------


async def test_what_no_control_can_hold_is_refused(ana: NgramsVisitor) -> None:
    usual = dict(ana.given)
    for given in ({"n": 9}, {"k": -1}, {"k": "x"}, {"source": "../quijote"}, {"num_words": 10**6}):
        await ana.run(**usual | given)
        assert ana.status == said(OptionInvalid.key)
    assert ana.parts.ngrams.picture not in ana.shown


async def test_a_busy_model_leaves_the_counts(ana: NgramsVisitor) -> None:
    ana.reader.error = EngineBusy()
    await ana.run()
    assert ana.status == said(EngineBusy.key)
    assert ana.shown[ana.parts.ngrams.controls.run].visible


async def test_a_beginning_longer_than_the_window_is_counted_all_the_same(ana: NgramsVisitor) -> None:
    ana.prompt = "x" * CONTEXT_TOKENS + " the cat"
    await ana.run()
    assert len(ana.rows("ngrams")) == 2
    assert "window" in ana.status or str(CONTEXT_TOKENS - 1) in ana.status


# --- taken away ------------------------------------------------------------------------------------------------------


async def test_an_address_brings_back_what_was_seen(ana: NgramsVisitor) -> None:
    await ana.run(seed="")
    before, link, controls = ana.picture, ana.link, ana.parts.ngrams.controls
    ana.shown = {}
    await ana.restore(link)
    assert ana.picture == before
    assert [ana.shown[part] for part in (controls.n, controls.num_words, controls.source)] == [2, 6, "own"]
    assert ana.shown[controls.own] == ana.given["own"]
    assert await ana.restore(link, "python") == []


async def test_files_tell_what_is_shown(ana: NgramsVisitor) -> None:
    await ana.run()
    rows = list(csv.DictReader(io.StringIO(ana.taken("csv").removeprefix("\ufeff"))))
    assert [(row["word"], row["count"]) for row in rows[:2]] == [("sat", "1"), ("ran", "1")]
    told = json.loads(ana.taken("json"))
    assert told["ngram_text"] == ana.texts[0]
    assert len(words_of(told["model_text"])) <= 6
    assert told["experiment"]["sampling"]["temperature"] == 1.0
