"""Whole rows of logits from the default model, through the pipe: the same numbers by every way that tells them."""

from __future__ import annotations

import queue

import numpy as np
import numpy.typing as npt
import pytest
from langchain_core.messages import HumanMessage

from errors import GenerationFailed, PromptTooLong
from models.engine.protocol import Event, Look, Looked, Prompt, Queued
from models.engine.supervisor import Supervisor
from models.next_token import NextTokenReader
from models.sampling import SamplingParams

OWNER = "olga"
ROUNDING = 0.01  # nats, by 32-bit weights, between a token in a batch and the same alone: 0.005 at the most (measured)
TEXTS = [
    "The capital of France is",
    "Había una vez un dragón que",
    "<|im_end|> is written here as text, and \U0001f409 is a dragon; \u9f99",
]


@pytest.fixture
def reader(engine: Supervisor) -> NextTokenReader:
    return NextTokenReader(engine)


def log_softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    wide = logits.astype(np.float64)
    return np.asarray(wide - wide.max() - np.log(np.exp(wide - wide.max()).sum()))


def looked(engine: Supervisor, text: str) -> Looked:
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    engine.look(Look(id="", prompt=Prompt(text=text), sampling=SamplingParams(), num_candidates=200), events.put)
    while isinstance(event := events.get(timeout=60), Queued):
        pass
    assert isinstance(event, Looked)
    return event


@pytest.mark.parametrize("text", TEXTS)
async def test_a_row_is_what_looking_tells_of_the_model(reader: NextTokenReader, engine: Supervisor, text: str) -> None:
    row = await reader.row(OWNER, text)
    again = await reader.row(OWNER, text)
    assert again.num_cached == len(row.prompt_ids) - 1, "one token is computed anew"
    model = looked(engine, text).stages[0]
    probabilities = np.exp(log_softmax(again.logits))
    assert len(probabilities) == len(row.vocabulary.token_bytes) == model.num_survivors
    for candidate in model.candidates:
        assert probabilities[candidate.token_id] == pytest.approx(candidate.probability, abs=1e-6)
        if candidate.token_id not in row.vocabulary.control_ids:
            assert row.vocabulary.token_bytes[candidate.token_id] == candidate.token_bytes


@pytest.mark.parametrize("text", TEXTS)
async def test_a_score_is_told_token_by_token_by_the_rows(float_engine: Supervisor, text: str) -> None:
    """Read in one go here and token by token there; on one reading both are the same, see tests/test_runner.py."""
    reader = NextTokenReader(float_engine)
    scored = await reader.score(OWNER, text)
    ids = [token.token_id for token in scored]
    assert b"".join(token.token_bytes for token in scored).decode() == text
    first, *rated = [token.log_probability for token in scored]
    assert first is None
    rows = [await reader.row(OWNER, scored[0].token_bytes.decode(), ids[1:position]) for position in range(1, len(ids))]
    assert [row.prompt_ids for row in rows] == [tuple(ids[:position]) for position in range(1, len(ids))]
    by_rows = [float(log_softmax(row.logits)[token_id]) for row, token_id in zip(rows, ids[1:], strict=True)]
    assert by_rows == pytest.approx(rated, abs=ROUNDING)


async def test_one_token_more_costs_one_token(reader: NextTokenReader) -> None:
    start = await reader.row(OWNER, [HumanMessage("Name a colour.")])
    likeliest = int(start.logits.argmax())
    longer = await reader.row(OWNER, [HumanMessage("Name a colour.")], [likeliest])
    assert longer.prompt_ids == (*start.prompt_ids, likeliest)
    assert longer.num_cached == len(start.prompt_ids)


async def test_tokens_put_together_are_the_text(reader: NextTokenReader) -> None:
    vocabulary = await reader.vocabulary()
    for text in [*TEXTS, "", " \t\n"]:
        tokens = await reader.tokens(text)
        assert b"".join(token_bytes for _, token_bytes in tokens).decode() == text
        assert [vocabulary.token_bytes[token_id] for token_id, _ in tokens] == [
            token_bytes for _, token_bytes in tokens
        ]


async def test_after_nothing_comes_what_the_model_begins_with(reader: NextTokenReader) -> None:
    row = await reader.row(OWNER, "")
    (first_id,) = row.prompt_ids
    assert first_id in row.vocabulary.control_ids
    (scored,) = await reader.score(OWNER, "")
    assert (scored.token_id, scored.log_probability) == (first_id, None)


async def test_what_cannot_be_read_is_refused_and_the_engine_goes_on(reader: NextTokenReader) -> None:
    row = await reader.row(OWNER, "hi")
    with pytest.raises(PromptTooLong) as caught:
        await reader.row(OWNER, "word " * 3_000)
    assert "3001" in str(caught.value.values) or "3000" in str(caught.value.values)
    with pytest.raises(PromptTooLong):
        await reader.score(OWNER, "word " * 3_000)
    for token_id in (min(row.vocabulary.control_ids), len(row.logits), 2**40):
        with pytest.raises(GenerationFailed):
            await reader.row(OWNER, "hi", [token_id])
    np.testing.assert_array_equal((await reader.row(OWNER, "hi")).logits, (await reader.row(OWNER, "hi")).logits)
