"""The default model, its answers begun for it, its prompts shown, and plain text to go on with."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from errors import GenerationFailed
from models.chat_model import LocalChatModel
from models.engine.supervisor import Supervisor

ASKED = [SystemMessage("You are kind."), HumanMessage("Tell me about the moon.")]


@pytest.fixture(scope="module")
def model(engine: Supervisor) -> LocalChatModel:
    fields: dict[str, Any] = {"engine": engine, "model_name": "local/test", "context_tokens": 2_048}
    return LocalChatModel(**fields, max_tokens=24, temperature=0, logprobs=True, top_logprobs=3)


def tokens_of(message: AIMessage) -> list[dict[str, Any]]:
    return list(message.response_metadata["logprobs"]["content"])


def num_read(message: AIMessage) -> int:
    """Tokens of the prompt that the cache did not hold."""
    assert message.usage_metadata is not None
    return message.usage_metadata["input_tokens"] - message.usage_metadata["input_token_details"]["cache_read"]


async def test_a_stopped_answer_goes_on_from_the_cache(model: LocalChatModel) -> None:
    stopped = await model.ainvoke(ASKED)
    assert stopped.response_metadata["finish_reason"] == "length"
    by_text = await model.ainvoke(ASKED, prefill=stopped.text)
    assert num_read(by_text) <= 3
    by_ids = await model.ainvoke(ASKED, prefill_ids=[token["token_id"] for token in tokens_of(stopped)])
    assert num_read(by_ids) <= 3
    assert by_text.text
    assert not by_text.text.startswith(stopped.text[:10])


async def test_an_answer_goes_on_from_another_token(model: LocalChatModel) -> None:
    first = tokens_of(await model.ainvoke(ASKED))
    kept, other = first[:5], first[5]["top_logprobs"][0]
    ids = [token["token_id"] for token in (*kept, other)]
    answer = await model.ainvoke(ASKED, prefill_ids=ids)
    assert num_read(answer) == 1
    prompt = await model.aread_prompt(ASKED, prefill_ids=ids)
    assert [token.token_id for token in prompt if token.message == len(ASKED)] == ids
    assert bytes(other["bytes"]) == prompt[-1].token_bytes


async def test_an_answer_that_goes_on_within_a_character_begins_with_it_whole(model: LocalChatModel) -> None:
    shown = await model.aread_prompt(ASKED, prefill="\N{MELTING FACE}")
    first, *rest = [token.token_id for token in shown if token.message == len(ASKED)]
    assert rest
    text = ""
    for number, token_id in enumerate(rest):
        begun = [first, *rest[:number]]
        text = (await model.ainvoke(ASKED, prefill_ids=begun, logit_bias={token_id: 1_000}, max_tokens=1)).text
    assert text == "\N{MELTING FACE}"


async def test_what_is_shown_of_a_prompt_is_as_long_as_what_was_read(model: LocalChatModel) -> None:
    answer = await model.ainvoke(ASKED, prefill="The moon")
    shown = await model.aread_prompt(ASKED, prefill="The moon")
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["input_tokens"] == len(shown)
    assert b"".join(token.token_bytes for token in shown).decode() == (
        "<|im_start|>system\nYou are kind.<|im_end|>\n"
        "<|im_start|>user\nTell me about the moon.<|im_end|>\n"
        "<|im_start|>assistant\nThe moon"
    )


@pytest.mark.parametrize("token_id", [2, 2**31 - 1])
async def test_a_token_that_is_no_text_is_refused_and_the_next_request_served(
    model: LocalChatModel, token_id: int
) -> None:
    with pytest.raises(GenerationFailed):
        await model.ainvoke(ASKED, prefill_ids=[token_id])
    with pytest.raises(GenerationFailed):
        await model.aread_prompt(ASKED, prefill_ids=[token_id])
    assert (await model.ainvoke(ASKED, max_tokens=1)).text


async def test_plain_text_is_gone_on_with(model: LocalChatModel) -> None:
    messages = [HumanMessage("The capital of"), HumanMessage(" France is")]
    answer = await model.ainvoke(messages, is_completion=True, max_tokens=3)
    assert "Paris" in answer.text
    shown = await model.aread_prompt(messages, is_completion=True)
    assert b"".join(token.token_bytes for token in shown) == b"The capital of France is"
    assert [token.message for token in shown] == [0, 0, 0, 1, 1]
    assert tokens_of(await model.ainvoke([HumanMessage("")], is_completion=True, max_tokens=2))


def test_the_model_brings_its_own_template(engine: Supervisor) -> None:
    assert engine.wait().has_chat_template
