"""What a service tells, without the service: limits where something is not told, pictures in which all is text."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.cloud_picture import cloud_view
from components.local_text import LocalText
from errors import MessageTooLong, ModelUnknown, PromptBlank
from models.remote.told_tokens import ToldChoice, ToldToken
from playground.cloud import MAX_TOKENS, CloudAnswer, CloudModels, cloud_table
from playground.exports import to_csv, to_json, to_python
from playground.panel_options import CloudOptions
from playground.permalinks import Experiment, from_fragment, to_fragment
from playground.positions import MAX_CHARACTERS
from tests.html_reader import read_html
from tests.page_reader import catalogue
from tests.scripted_teller import NAME, OTHERS, ScriptedTeller

ENGLISH = LocalText(catalogue, "en")


def token(text: str, probability: float) -> ToldToken:
    return ToldToken(None, text.encode(), math.log(probability))


async def answered(text: str = "Hi", max_tokens: int = 3) -> CloudAnswer:
    return await CloudModels({NAME: ScriptedTeller()}).ask(NAME, text, max_tokens)


def test_what_is_not_told_counts_as_one_token() -> None:
    likeliest = (token("a", 0.5), token("b", 0.25))
    answer = CloudAnswer(NAME, "Hi", (ToldChoice(likeliest[0], likeliest),))
    assert answer.mass == pytest.approx(0.75)
    assert answer.least_bits == pytest.approx(1.5)
    assert answer.least_effective == pytest.approx(2**1.5)


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=30), st.data())
def test_the_entropy_is_never_less_than_its_limit(weights: list[float], data: st.DataObject) -> None:
    shares = sorted((weight / sum(weights) for weight in weights), reverse=True)
    num_told = data.draw(st.integers(1, len(shares)))
    told = tuple(token(str(place), share) for place, share in enumerate(shares[:num_told]))
    answer = CloudAnswer(NAME, "Hi", (ToldChoice(told[0], told),))
    bits = -math.fsum(share * math.log2(share) for share in shares)
    assert answer.least_bits <= bits + 1e-9
    if num_told == len(shares):
        assert answer.least_bits == pytest.approx(bits)


async def test_what_was_written_is_among_the_candidates_though_it_is_not_among_the_likeliest() -> None:
    answer = await answered()
    assert answer.choices[0].chosen in answer.candidates
    assert len(answer.candidates) == len(OTHERS) + 1
    assert [one.probability for one in answer.candidates] == sorted(
        (one.probability for one in answer.candidates), reverse=True
    )


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [(NAME, " \n", PromptBlank), (NAME, "x" * (MAX_CHARACTERS + 1), MessageTooLong), ("google/x", "Hi", ModelUnknown)],
)
async def test_what_cannot_be_asked_is_sent_nowhere(name: str, text: str, kind: type[Exception]) -> None:
    teller = ScriptedTeller()
    with pytest.raises(kind):
        await CloudModels({NAME: teller}).ask(name, text)
    assert teller.asked == []


async def test_no_more_tokens_are_asked_for_than_one_may() -> None:
    teller = ScriptedTeller()
    for asked in (0, 10_000):
        await CloudModels({NAME: teller}).ask(NAME, "Hi", asked)
    assert [num for _, num in teller.asked] == [1, MAX_TOKENS]


@pytest.mark.parametrize("language", ["en", "es"])
async def test_everything_of_others_is_text(language: str) -> None:
    picture = cloud_view(await answered("<img src=x onerror=alert(1)>\n"), LocalText(catalogue, language))
    page = read_html(picture)
    assert not {"img", "b>"} & set(page.tags())
    assert "<img" in page.text
    rows = [row.text for row in page.all(class_="pg-row pg-told")]
    assert any("<b>" in row for row in rows)


async def test_one_token_is_seen_in_bars_alone() -> None:
    one, more = [cloud_view(await answered(max_tokens=num), ENGLISH) for num in (1, 2)]
    assert "gb-answer" not in one
    assert "gb-answer" in more


async def test_nothing_is_said_to_be_missing_where_nothing_is() -> None:
    sure = token("a", 1.0)
    picture = cloud_view(CloudAnswer(NAME, "Hi", (ToldChoice(sure, (sure,)),)), ENGLISH)
    assert catalogue.text("en", "app_cloud_rest") not in picture
    assert "≥ 0.00 bits" in picture


async def test_files_and_a_program_tell_it_again() -> None:
    answer = await answered('"""\nimport os')
    experiment = Experiment(
        panel="cloud", model=NAME, fingerprint="", text=answer.text, is_chat=True, options=CloudOptions(max_tokens=3)
    )
    assert from_fragment(to_fragment(experiment)) == experiment
    table = cloud_table(answer)
    told: dict[str, Any] = json.loads(to_json(experiment, table))
    assert len(told["rows"]) == 3 * (len(OTHERS) + 1)
    assert told["answer"] == " The capital of"
    assert to_csv(table).startswith("place,text,bytes,id,log-probability,probability,written")
    program = to_python(experiment)
    compile(program, "program", "exec")
    assert "MAX_TOKENS = 3" in program
    assert "start_engine" not in program
