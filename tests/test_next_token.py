"""What the client makes of the engine's answers, whatever they are and whenever they come."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from langchain_core.messages import HumanMessage
from pydantic import ValidationError

from errors import EngineBusy, EngineDied, EngineUnavailable, GenerationFailed, PromptTooLong, TertuliaError
from models.engine.engine_requests import Sink
from models.engine.protocol import Event, PromptRead, Queued, ReadPrompt, ReadRow, Refused, Score
from models.engine.whole_vocabulary import ReadVocabulary, RowRead, VocabularyRead
from models.next_token import NextTokenReader

OWNER = "olga"
LOGITS = np.array([1.5, -np.inf, 0.25], np.float32)
IDS = PromptRead(id="x", token_ids=(9, 1, 2), token_bytes=(b"<s>", b"\xc3", b"\xb1"), messages=(None, 0, 0))


def row_of(fingerprint: str) -> RowRead:
    return RowRead(id="x", fingerprint=fingerprint, logits=LOGITS.tobytes(), prompt_ids=(4, 2), num_cached=1)


def vocabulary_of(fingerprint: str) -> VocabularyRead:
    return VocabularyRead(id="x", fingerprint=fingerprint, token_bytes=(b"a", b"\xf0\x9f", b"<end>"), control_ids=(2,))


class ScriptedRows:
    """Answers each question with the next of ``events``; without any more it stays silent."""

    def __init__(self, *events: Event) -> None:
        self._events = list(events)
        self.asked: list[ReadRow | Score | ReadPrompt | ReadVocabulary] = []
        self.cancelled: list[str] = []
        self.is_asked = asyncio.Event()

    def _answer(self, request: ReadRow | Score | ReadPrompt | ReadVocabulary, sink: Sink) -> str:
        self.asked.append(request)
        self.is_asked.set()
        sink(Queued(id="x", place=1, seconds=None))
        if self._events:
            sink(self._events.pop(0))
        return f"request {len(self.asked)}"

    read_row = score = read_prompt = read_vocabulary = _answer

    def cancel(self, request_id: str) -> None:
        self.cancelled.append(request_id)


async def test_a_row_comes_with_what_its_ids_mean_which_is_asked_once() -> None:
    engine = ScriptedRows(row_of("one"), vocabulary_of("one"), row_of("one"))
    reader = NextTokenReader(engine)
    first = await reader.row(OWNER, "hi")
    second = await reader.row(OWNER, "hi", [2, 0])
    np.testing.assert_array_equal(first.logits, LOGITS)
    assert (first.prompt_ids, first.num_cached) == ((4, 2), 1)
    assert first.vocabulary is second.vocabulary
    assert first.vocabulary.token_bytes[1] == b"\xf0\x9f"
    assert first.vocabulary.control_ids == {2}
    assert not first.logits.flags.writeable
    assert [type(request) for request in engine.asked] == [ReadRow, ReadVocabulary, ReadRow]
    last = engine.asked[-1]
    assert isinstance(last, ReadRow)
    assert (last.owner, last.prompt.text, last.prompt.prefill_ids) == (OWNER, "hi", (2, 0))


async def test_another_model_brings_another_vocabulary() -> None:
    engine = ScriptedRows(row_of("one"), vocabulary_of("one"), row_of("two"), vocabulary_of("two"))
    reader = NextTokenReader(engine)
    fingerprints = [(await reader.row(OWNER, "hi")).vocabulary.fingerprint for _ in range(2)]
    assert fingerprints == ["one", "two"]


async def test_ids_are_never_read_with_the_vocabulary_of_another_model() -> None:
    reader = NextTokenReader(ScriptedRows(row_of("one"), vocabulary_of("two")))
    with pytest.raises(GenerationFailed):
        await reader.row(OWNER, "hi")


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        (Refused(id="x", reason="prompt_too_long", length=12, limit=9), PromptTooLong),
        (Refused(id="x", reason="busy"), EngineBusy),
        (Refused(id="x", reason="died"), EngineDied),
        (Refused(id="x", reason="unavailable"), EngineUnavailable),
        (Refused(id="x", reason="failed"), GenerationFailed),
    ],
)
async def test_a_refusal_is_an_error_with_a_sentence(refused: Refused, error: type[TertuliaError]) -> None:
    with pytest.raises(error):
        await NextTokenReader(ScriptedRows(refused)).row(OWNER, "hi")
    with pytest.raises(error):
        await NextTokenReader(ScriptedRows(row_of("one"), refused)).row(OWNER, "hi")
    with pytest.raises(error):
        await NextTokenReader(ScriptedRows(refused)).score(OWNER, "hi")
    with pytest.raises(error):
        await NextTokenReader(ScriptedRows(refused)).tokens("hi")


async def test_whoever_leaves_stops_the_model() -> None:
    engine = ScriptedRows()
    task = asyncio.create_task(NextTokenReader(engine).row(OWNER, "hi"))
    await engine.is_asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert engine.cancelled == ["request 1"]


async def test_tokens_are_those_of_the_text_and_not_what_the_model_wants_before_it() -> None:
    assert await NextTokenReader(ScriptedRows(IDS)).tokens("\xf1") == ((1, b"\xc3"), (2, b"\xb1"))


async def test_half_a_surrogate_pair_and_a_number_that_is_no_id_never_reach_the_pipe() -> None:
    engine = ScriptedRows(row_of("one"), vocabulary_of("one"), row_of("one"), IDS)
    reader = NextTokenReader(engine)
    await reader.row(OWNER, "a\ud800")
    await reader.row(OWNER, [HumanMessage("b\ud800")])
    await reader.tokens("c\ud800")
    for request in engine.asked:
        request.model_dump_json()
    with pytest.raises(ValidationError):
        await reader.row(OWNER, "hi", [-1])
