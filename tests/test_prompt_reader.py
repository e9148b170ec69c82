"""Whose text each token of a prompt is, and that what is shown is what is sent."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.engine.chat_template import ChatTemplate
from models.engine.prompt_reader import PrefillRefused, PromptReader
from models.engine.protocol import ChatMessage, Prompt, PromptRead, ReadPrompt
from tests.fakes import ByteVocabulary
from tests.test_chat_template import ASKED, CHATML, KNOWS_NO_SYSTEM, KNOWS_TOOLS, WEATHER

TEMPLATES = {"chatml": CHATML, "no system": KNOWS_NO_SYSTEM, "tools": KNOWS_TOOLS, "none": None}


def reader_over(source: str | None, bos_id: int | None = None) -> PromptReader:
    vocabulary = ByteVocabulary(bos_id)
    return PromptReader(ChatTemplate(source, vocabulary, {"bos_token": "", "eos_token": ""}), vocabulary)


def read(reader: PromptReader, prompt: Prompt) -> PromptRead:
    return reader.read(ReadPrompt(id="r", prompt=prompt))


def owned(event: PromptRead) -> list[tuple[int | None, str]]:
    """Each run of text with its message."""
    tokens = zip(event.messages, event.token_bytes, strict=True)
    return [
        (message, b"".join(token for _, token in run).decode()) for message, run in groupby(tokens, lambda one: one[0])
    ]


def turns(*said: tuple[str, str]) -> tuple[ChatMessage, ...]:
    return tuple(ChatMessage(role=role, content=content) for role, content in said)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
PROMPTS = st.builds(
    Prompt,
    messages=st.lists(
        st.builds(ChatMessage, role=st.sampled_from(["system", "user", "assistant"]), content=TEXTS),
        min_size=1,
        max_size=5,
    ).map(tuple),
    prefill=TEXTS,
    prefill_ids=st.lists(st.integers(0, 255), max_size=3).map(tuple),
)


@pytest.mark.parametrize("source", TEMPLATES.values(), ids=TEMPLATES)
@given(prompt=PROMPTS)
def test_what_is_shown_is_what_is_sent_and_the_prefill_ends_it(source: str | None, prompt: Prompt) -> None:
    reader = reader_over(source)
    event = read(reader, prompt)
    assert list(event.token_ids) == reader.ids(prompt)
    assert len(event.token_ids) == len(event.token_bytes) == len(event.messages)
    prefill = [*prompt.prefill.encode(), *prompt.prefill_ids]
    assert event.messages.count(len(prompt.messages)) == len(prefill)
    assert list(event.token_ids)[len(event.token_ids) - len(prefill) :] == prefill
    begun = prompt.model_copy(update={"prefill": "", "prefill_ids": ()})
    assert reader.ids(prompt)[: len(event.token_ids) - len(prefill)] == reader.ids(begun)


def test_the_templates_own_text_is_nobodys() -> None:
    prompt = Prompt(messages=turns(("system", "Be kind."), ("user", "<|x|>hi")), prefill="Sure, <|x|>")
    assert owned(read(reader_over(CHATML), prompt)) == [
        (None, "<|x|>system\n"),
        (0, "Be kind."),
        (None, "<|x|>\n<|x|>user\n"),
        (1, "<|x|>hi"),
        (None, "<|x|>\n<|x|>assistant\n"),
        (2, "Sure, <|x|>"),
    ]


def test_a_system_message_that_another_has_to_say_stays_its_own() -> None:
    said = turns(("system", "Be kind."), ("system", "Be brief."), ("user", "hi"), ("assistant", "ho"), ("system", "?"))
    assert owned(read(reader_over(KNOWS_NO_SYSTEM), Prompt(messages=said))) == [
        (None, "<|x|>user\n"),
        (0, "Be kind.\n\n"),
        (1, "Be brief.\n\n"),
        (2, "hi"),
        (None, "<|x|>\n<|x|>assistant\n"),
        (3, "ho"),
        (None, "<|x|>\n<|x|>user\n"),
        (4, "?"),
        (None, "<|x|>\n<|x|>assistant\n"),
    ]


@pytest.mark.parametrize("source", [CHATML, KNOWS_TOOLS], ids=["in words", "by the template"])
def test_tools_are_nobodys_and_calls_and_results_their_messages(source: str) -> None:
    other = ChatMessage(role="tool", name="weather", content="Yes.")
    found = owned(read(reader_over(source), Prompt(messages=(*ASKED, other), tools=(WEATHER,))))
    by_message: dict[int | None, str] = {}
    for message, text in found:
        by_message[message] = by_message.get(message, "") + text
    assert by_message[0] == "Be kind."
    assert by_message[1] == "Is it raining?"
    assert "C\u00e1diz" in by_message[2]
    assert "No. <|x|>system" in by_message[3]
    assert "Yes." in by_message[4]
    assert "weather" in (by_message[None])


@pytest.mark.parametrize("token_id", [256, 257, 258, 2**40])
def test_a_control_token_is_no_prefill(token_id: int) -> None:
    with pytest.raises(PrefillRefused):
        reader_over(CHATML).ids(Prompt(messages=turns(("user", "hi")), prefill_ids=(65, token_id)))


@pytest.mark.parametrize(("bos_id", "first"), [(None, []), (256, [256])])
def test_plain_text_goes_without_a_template(bos_id: int | None, first: list[int]) -> None:
    reader = reader_over(CHATML, bos_id)
    prompt = Prompt(text="Once <|x|>", prefill=" upon", prefill_ids=(97,))
    assert reader.ids(prompt) == [*first, *b"Once <|x|> upona"]
    event = read(reader, prompt)
    assert event.messages == (*[None] * len(first), *[0] * 10, *[1] * 6)


def test_a_prompt_of_nothing_is_still_a_token() -> None:
    assert reader_over(CHATML).ids(Prompt(text="")) == [256]
