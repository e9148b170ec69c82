"""Which calls a comparison of prompts makes, and the exact texts and turns that it sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from pydantic import ValidationError

from errors import ExampleMisread, NothingToCompare, TemplateBraceAlone, TemplateFieldUnknown
from playground.panel_options import MAX_EXAMPLES, PromptsOptions
from playground.positions import PromptText
from playground.prompt_calls import NEW_TOKENS, examples_from, examples_text, prompt_calls

QUESTION = "I like {braces}"
SHOTS = PromptsOptions(
    instruction="Classify.", examples=(("good", "+"), ("bad", "-"), ("fine", "+")), labels=("Text", "Mark")
)
TEXT, CHAT = PromptText(QUESTION), PromptText(QUESTION, is_chat=True)


@pytest.mark.parametrize(("num", "shown"), [(0, [0]), (1, [0, 1]), (2, [0, 1, 2]), (3, [0, 1, 3])])
def test_shots_are_none_one_and_all_of_the_examples(num: int, shown: list[int]) -> None:
    options = SHOTS.model_copy(update={"examples": SHOTS.examples[:num]})
    assert [call.number for call in prompt_calls(TEXT, options)] == shown


def test_shots_in_a_text_break_off_where_the_answer_belongs() -> None:
    none, one, _ = (call.composition() for call in prompt_calls(TEXT, SHOTS))
    (message,) = one.messages
    assert message.text == f"Classify.\n\nText: good\nMark: +\n\nText: {QUESTION}\nMark:"
    assert none.messages[0].text == f"Classify.\n\nText: {QUESTION}\nMark:"
    assert one.is_completion
    assert one.stop == ("\nText:",)


def test_shots_in_a_chat_are_turns_that_were() -> None:
    none, one, _ = (call.composition() for call in prompt_calls(CHAT, SHOTS))
    question = HumanMessage(QUESTION)
    assert one.messages == [SystemMessage("Classify."), HumanMessage("good"), AIMessage("+"), question]
    assert none.messages == [SystemMessage("Classify."), question]
    assert not one.is_completion
    unsaid = prompt_calls(CHAT, SHOTS.model_copy(update={"instruction": " "}))[0]
    assert unsaid.composition().messages == [question]


def test_templates_that_were_left_empty_are_left_out() -> None:
    options = PromptsOptions(compare="templates", templates=("{question}", " ", "Say {{x}}: {question}"))
    texts = [call.composition().messages[0].text for call in prompt_calls(CHAT, options)]
    assert texts == [QUESTION, f"Say {{x}}: {QUESTION}"]


def test_a_step_is_given_what_the_one_before_wrote() -> None:
    options = PromptsOptions(compare="chain", steps=("Explain {question}", "Translate {previous}"))
    first, second = prompt_calls(CHAT, options)
    assert first.composition().messages[0].text == f"Explain {QUESTION}"
    assert second.composition("{it} rains").messages[0].text == "Translate {it} rains"


def test_one_question_has_a_form_as_text_and_one_as_chat() -> None:
    text, chat = (call.composition() for call in prompt_calls(TEXT, PromptsOptions(compare="forms")))
    assert (text.is_completion, chat.is_completion) == (True, False)
    assert text.messages[0].text == chat.messages[0].text == QUESTION
    assert text.stop == ()


def test_a_text_is_gone_on_with_for_a_few_tokens() -> None:
    calls = prompt_calls(TEXT, PromptsOptions(compare="lengths"))
    assert tuple(call.max_tokens for call in calls) == NEW_TOKENS


@pytest.mark.parametrize("compare", ["templates", "chain"])
def test_without_a_prompt_there_is_nothing_to_compare(compare: str) -> None:
    with pytest.raises(NothingToCompare):
        prompt_calls(TEXT, PromptsOptions.model_validate({"compare": compare, "steps": [" "], "templates": [""]}))


@pytest.mark.parametrize(
    ("template", "error"),
    [("{", TemplateBraceAlone), ("{other}", TemplateFieldUnknown), ("{previous}", TemplateFieldUnknown)],
)
def test_a_template_reaches_nothing_but_the_question(template: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        prompt_calls(TEXT, PromptsOptions(compare="templates", templates=(template,)))


LINE = st.text(st.characters(exclude_characters="=>", exclude_categories=["C", "Z"]), min_size=1)


@given(st.lists(st.tuples(LINE, LINE), max_size=MAX_EXAMPLES))
def test_examples_are_read_as_they_are_written(examples: list[tuple[str, str]]) -> None:
    assert examples_from(f"\n{examples_text(examples)}\n ") == tuple(examples)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("good => +\nbad", 2),
        ("=> +", 1),
        ("\ngood =>", 2),
        ("a => b\n" * MAX_EXAMPLES + "\na => b", MAX_EXAMPLES + 2),
    ],
)
def test_the_line_of_an_example_that_is_none_is_named(text: str, line: int) -> None:
    with pytest.raises(ExampleMisread) as caught:
        examples_from(text)
    assert caught.value.values["line"] == line


@pytest.mark.parametrize(
    "told",
    [
        {"compare": "else"},
        {"max_tokens": 0},
        {"max_tokens": 10_000},
        {"instruction": "x" * 5_000},
        {"examples": [["a", "b"]] * (MAX_EXAMPLES + 1)},
        {"templates": ["{question}"] * 4},
        {"labels": ["", "x"]},
    ],
)
def test_an_address_asks_for_no_more_than_the_page(told: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PromptsOptions.model_validate(told)
