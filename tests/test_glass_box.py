"""The glass box: what is told of each run, and the exact prompt."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import pytest

from chains.run_record import AnswerRecord, Part, PromptTokens, RunRecord, WrittenToken
from components.catalogue import LANGUAGES, Catalogue
from components.glass_box import glass_box
from components.local_text import LocalText
from components.prompt_view import MAX_TOKENS, prompt_view
from components.run_figures import run_figures

catalogue = Catalogue.load()
english = LocalText(catalogue, "en")
spanish = LocalText(catalogue, "es")
LOCAL: dict[str, Any] = {
    "sampling": {"temperature": 0.6, "top_k": 40, "seed": 7, "stop": (), "grammar": None},
    "seed": 7,
    "finish_reason": "length",
    "num_prompt": 1_412,
    "num_cached": 1_300,
    "num_output": 11,
    "first_token_s": 0.424,
    "decode_s": 0.5,
}


def run(model: str = "local/small", **told: Any) -> RunRecord:
    return RunRecord(model=model, **told)


def group(part: Part, *contents: bytes) -> PromptTokens:
    return PromptTokens(part=part, ids=tuple(range(100, 100 + len(contents))), texts=contents)


def pairs(html: str) -> dict[str, str]:
    """The definitions, as they are read."""
    found = re.findall(r"<dt[^>]*>(.*?)</dt><dd[^>]*>(.*?)</dd>", html)
    return {term: " ".join(re.sub("<[^>]+>", " ", meaning).split()) for term, meaning in found}


# --- figures ---------------------------------------------------------------------------------------------------------


def test_everything_known_is_told() -> None:
    assert pairs(run_figures(run(**LOCAL), english)) == {
        "Model": "local/small",
        "Read": "1,412",
        "Written": "11",
        "From the cache": "1,300 92%",
        "First token after": "0.42 s",
        "Speed": "20.0 tokens/s",
        "Ended": "at its limit of tokens",
        "Seed": "7",
        "temperature": "0.6",
        "top_k": "40",
    }


def test_numbers_are_written_as_in_spanish() -> None:
    told = pairs(run_figures(run(**LOCAL), spanish))
    assert told["Leídos"] == "1412"
    assert told["temperature"] == "0,6"
    assert spanish.count(12_412) == "12.412"


def test_what_a_provider_does_not_tell_is_left_out() -> None:
    assert pairs(run_figures(run("cloud/big"), english)) == {"Model": "cloud/big"}


def test_a_reason_that_nobody_foresaw_is_shown_as_it_is() -> None:
    assert pairs(run_figures(run(finish_reason="<odd>"), english))["Ended"] == "&lt;odd&gt;"


def test_a_setting_is_data() -> None:
    html = run_figures(run(sampling={"stop": ("<b>",), "json_schema": {"x": "y" * 500}}), english)
    assert "<b>" not in html
    assert pairs(html)["stop"] == escape('["<b>"]')
    assert len(pairs(html)["json_schema"]) < 100


# --- the prompt ------------------------------------------------------------------------------------------------------


def test_each_token_has_its_id_and_its_part() -> None:
    html = prompt_view([group(Part.MARKERS, b"<|user|>", b"\n"), group(Part.QUESTION, b"Hi", b" you")], english)
    assert '<span title="id 100">&lt;|user|&gt;</span>' in html
    assert '<span class="p-question" data-part="Question"><span title="id 100">Hi</span>' in html
    assert "Question <b>2</b>" in html


def test_a_character_may_lie_over_the_border_of_two_parts() -> None:
    html = prompt_view([group(Part.SYSTEM, b"\xf0\x9f"), group(Part.QUESTION, b"\x99\x82!")], english)
    assert "🙂" in html
    assert 'data-b="9982' in html


def test_a_long_prompt_is_drawn_in_part() -> None:
    html = prompt_view([group(Part.HISTORY, *[b"a"] * (MAX_TOKENS + 500))], english)
    drawn, folded = re.sub("<template>.*</template>", "", html), re.findall("<template>(.*)</template>", html)[0]
    assert drawn.count("<span title") == MAX_TOKENS
    assert folded.count("<span title") == 500
    assert english.say("app_glass_show_all", count="500") in html


def test_a_prompt_is_lean() -> None:
    html = prompt_view([group(Part.HISTORY, *[b" word"] * MAX_TOKENS)], english)
    assert len(html) < 45 * MAX_TOKENS
    assert "style=" not in html


def test_a_prompt_whose_tokens_are_estimated_is_its_text() -> None:
    groups = [
        PromptTokens(part=Part.QUESTION, ids=(), texts=("<b>¿Qu".encode()[:5], b"\xbfQu")),
        PromptTokens(part=Part.RESULTS, ids=(), texts=(b"37", b"\n", b"years")),
    ]
    html = prompt_view(groups, english)
    assert '<span class="p-question" data-part="Question">&lt;b&gt;' in html
    assert "Tool results <b>3</b>" in html
    assert "title=" not in html
    assert english.html("app_glass_prompt_estimated") in html


def test_a_prompt_that_is_not_told_gets_a_sentence() -> None:
    assert english.html("app_glass_prompt_unknown") in prompt_view([], english)


# --- the whole -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_box_has_its_three_folds(language: str) -> None:
    html = glass_box(AnswerRecord(runs=(run(**LOCAL),)), catalogue, language, "m1")
    assert re.findall(r'data-fold="([^"]+)"', html) == ["figures", "prompt", "answer"]
    assert 'data-message="m1"' in html


def test_a_chain_has_a_fold_for_each_run_and_the_last_is_open() -> None:
    runs = (run(step="Draft <1>"), run(), run(step="Final"))
    html = glass_box(AnswerRecord(runs=runs), catalogue, "en", "m1")
    assert "1. Draft &lt;1&gt;" in html
    assert "Step 2" in html
    assert re.findall(r'data-fold="figures-(\d)"( open)?', html) == [("1", ""), ("2", ""), ("3", " open")]


def test_only_the_run_that_wrote_the_answer_can_be_gone_on_from() -> None:
    token = WrittenToken(id=1, text=b"a", probability=0.5, others=({"id": 2, "text": b"b", "probability": 0.4},))
    html = glass_box(AnswerRecord(runs=(run(answer=(token,)), run(answer=(token,)))), catalogue, "en", "m1")
    assert re.findall(r'"b",0.4,null,0,(\d),0', html) == ["0", "1"]


def test_names_from_outside_are_data() -> None:
    html = glass_box(AnswerRecord(runs=(run("<img src=x>"),)), catalogue, "en", '"><script>')
    assert "<img" not in html
    assert "<script" not in html
