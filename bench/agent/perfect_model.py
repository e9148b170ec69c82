"""A model that calls the right tool with the right arguments, and answers with what it returned: what is then amiss is
the loop's or the strategy's doing. It writes as each strategy wants it to, by what it is asked."""

from __future__ import annotations

import json
import re
import time
from asyncio import sleep
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field, SkipValidation

from agents.model_calls import parts_of
from agents.strategies.constrained import ANSWER
from bench.agent.scoring import is_told
from bench.agent.tasks import Task
from bench.agent.watch import Watch
from chains.run_record import Part
from chains.sentences import sentences
from models.tool_calls import openai_tools

HEADING = re.compile(r"\[(\d+)\] ")
FORM = "Final Answer:"  # in the prompt of ReAct alone
LOST = "I do not know."


class PerfectModel(BaseChatModel):
    """Knows ``tasks`` by their questions. ``pace_s`` is what it waits before each word."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    watch: SkipValidation[Watch] = Field(exclude=True, repr=False)
    tasks: Mapping[str, Task]
    pace_s: float = 0.0
    grammar: str | None = None  # it keeps to any

    @property
    def _llm_type(self) -> str:
        return "perfect"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        return self.bind(tools=openai_tools(tools), **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("it only streams")

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async for chunk in self.watch.watched(self._pieces(messages, kwargs)):
            yield chunk

    async def _pieces(
        self, messages: Sequence[BaseMessage], options: Mapping[str, Any]
    ) -> AsyncIterator[ChatGenerationChunk]:
        text, call = self._said(messages, [tool["function"]["name"] for tool in options.get("tools") or ()])
        words = re.findall(r"\S+\s*", text)
        for word in words:
            await sleep(self.pace_s)
            yield _chunk(content=word)
        if call is not None:
            await sleep(self.pace_s)
            name, arguments = call
            written = json.dumps(arguments, ensure_ascii=False)
            yield _chunk(tool_call_chunks=[tool_call_chunk(name=name, args=written, id=_new_id(), index=0)])
        usage = UsageMetadata(input_tokens=1, output_tokens=len(words), total_tokens=1 + len(words))
        yield _chunk(usage_metadata=usage, response_metadata={"finish_reason": "stop"}, chunk_position="last")

    def _said(
        self, messages: Sequence[BaseMessage], offered: Sequence[str]
    ) -> tuple[str, tuple[str, dict[str, Any]] | None]:
        """The text, and the call."""
        told = dict[Part, list[str]]()
        for message, part in zip(messages, parts_of(messages), strict=True):
            told.setdefault(part, []).append(message.text)
        task = self.tasks[told[Part.QUESTION][-1]]
        results = told.get(Part.RESULTS, [])
        call = (task.tool, task.right_call)
        if any(FORM in text for text in told.get(Part.SYSTEM, [])):
            action = f"Action: {call[0]}\nAction Input: {json.dumps(call[1], ensure_ascii=False)}"
            ending = f"{FORM} {_answer(task, results)}"
            return f"Thought: I look this up.\n{action}" if not results else f"Thought: I know it.\n{ending}", None
        if results and ANSWER in offered:
            return "", (ANSWER, {})
        if offered and not results:
            return "", call
        return _answer(task, results), None


def _answer(task: Task, results: Sequence[str]) -> str:
    """The sentence of ``results`` that holds the answer, with the number of its source."""
    number = ""
    for line in "\n".join(results).splitlines():
        heading = HEADING.match(line)
        number = f" [{heading[1]}]" if heading else number
        text = line.removeprefix("Observation: ").removeprefix("| ")
        for found in sentences(text):
            sentence = text[found.start : found.end]
            if not heading and is_told(task.answer, sentence):
                return sentence + number
    return LOST


def _new_id() -> str:
    return f"call_{time.monotonic_ns()}"


def _chunk(**fields: Any) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(**{"content": "", **fields}))
