"""ReAct (Yao et al. 2022): the model writes Thought, Action and Action Input as text, and reads Observation."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGenerationChunk

from agents.model_calls import Chunks, as_part
from agents.prompts import NO_ANSWER, REACT_NO_TOOLS, REACT_REPAIR, REACT_RULES
from agents.strategies.react_text import (
    Action,
    Answer,
    Unreadable,
    answer_end,
    final_answer_start,
    read_step,
    written_call,
)
from agents.strategies.strategy_model import StrategyModel
from agents.strategies.tool_schemas import capped, is_filled, signature
from agents.strategies.turn_reading import call_chunk, closing, done_in, functions_in, text_chunk, was_called
from chains.run_record import Part
from models.step_grammar import step_grammar

STEP, REPAIR, CONCLUDE = "react", "react_repair", "react_conclude"  # names of the calls in their records
STOPS = ("\nObservation:", "\nObservación:")  # where the model would make up what a tool says


class _Written:
    """What the model wrote in one call. ``is_shown``: it is the answer, and was passed on while it grew; what follows
    once it ``is_over`` is none."""

    def __init__(self) -> None:
        self.text = ""
        self.is_over = False
        self.last: AIMessageChunk | None = None
        self._start: int | None = None
        self._num_told = 0

    @property
    def was_cut(self) -> bool:
        return self.last is not None and self.last.response_metadata.get("finish_reason") == "length"

    def push(self, chunk: AIMessageChunk) -> str:
        """More of the answer to show, once it is certain that it is one."""
        self.text += chunk.text
        if chunk.usage_metadata or chunk.response_metadata:
            self.last = chunk
        if self._start is None:
            self._start = final_answer_start(self.text)
            self._num_told = self._start or 0
        if self._start is None or self.is_over:
            return ""
        end, self.is_over = answer_end(self.text, self._start)
        return self._told_until(end)

    def rest(self) -> str:
        """What was held back of the answer, and turned out to be text."""
        return self._told_until(len(self.text)) if self.is_shown and not self.is_over else ""

    @property
    def is_shown(self) -> bool:
        return self._start is not None

    def _told_until(self, end: int) -> str:
        more = self.text[self._num_told : end]
        is_first = self._num_told == self._start
        self._num_told = max(end, self._num_told)
        return more.lstrip() if is_first else more


class ReActModel(StrategyModel):
    """Held to the form by a grammar where the model takes one; elsewhere it is read with patience, and asked once to
    put right what cannot be read. ``language`` "es" or "en"."""

    language: str

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        functions = functions_in(kwargs)
        prompt = as_text(messages, functions, self.language)
        attempts = [STEP] if functions else [CONCLUDE]
        while attempts:
            step, written = attempts.pop(), _Written()
            async with aclosing(self._shown(self._write(prompt, functions, step), written)) as pieces:
                async for piece in pieces:
                    yield text_chunk(piece)
            if written.is_shown:
                break
            read = read_step(written.text, functions)
            if isinstance(read, Action) and (written.was_cut or not is_filled(read.arguments, functions, read.name)):
                read = Unreadable("the arguments are not complete", read.thought)
            if isinstance(read, Action) and was_called(done_in(messages), read.name, read.arguments):
                functions, prompt = [], as_text(messages, [], self.language)
                attempts = [CONCLUDE]
            elif isinstance(read, Unreadable) and step == STEP and not self.calls.takes_grammar:
                prompt = [*prompt, *self._repair(written.text, read, functions)]
                attempts = [REPAIR]
            else:
                for said in _said(read, self.language):
                    yield said
        for told in closing(written.last):
            yield told

    async def _shown(self, stream: Chunks, written: _Written) -> AsyncGenerator[str, None]:
        """The answer as it grows, if it is one. Stops the model where it goes on by itself."""
        async with aclosing(stream) as chunks:
            async for chunk in chunks:
                if more := written.push(chunk):
                    yield more
                if written.is_over:
                    return
        if held := written.rest():
            yield held

    def _write(self, prompt: Sequence[BaseMessage], functions: Sequence[dict[str, Any]], step: str) -> Chunks:
        options: dict[str, Any] = {"stop": list(STOPS)}
        if self.calls.takes_grammar:
            options["grammar"] = step_grammar([capped(function) for function in functions])
        return self.calls.stream(prompt, step=step, **options)

    def _repair(self, text: str, read: Unreadable, functions: Sequence[dict[str, Any]]) -> list[BaseMessage]:
        words = REACT_REPAIR[self.language].format(fault=read.fault, names=_names(functions))
        return [AIMessage(text or "…"), as_part(HumanMessage(words), Part.CALLS)]


def as_text(messages: Sequence[BaseMessage], functions: Sequence[dict[str, Any]], language: str) -> list[BaseMessage]:
    """``messages`` with the form explained, and calls and results as text."""
    tools = "\n".join(map(signature, functions))
    rules = REACT_RULES if functions else REACT_NO_TOOLS
    told = rules[language].format(tools=tools, names=_names(functions))
    system = [message.text for message in messages if isinstance(message, SystemMessage)]
    spoken = [_as_text(message) for message in messages if not isinstance(message, SystemMessage)]
    return [SystemMessage("\n\n".join([*system, told])), *spoken]


def _as_text(message: BaseMessage) -> BaseMessage:
    if isinstance(message, ToolMessage):
        return as_part(HumanMessage(f"Observation: {message.text}"), Part.RESULTS)
    if isinstance(message, AIMessage) and message.tool_calls:
        said = message.text
        steps = [
            written_call(said if not at else "", call["name"], call["args"])
            for at, call in enumerate(message.tool_calls)
        ]
        return AIMessage("\n".join(steps))
    return message


def _names(functions: Sequence[dict[str, Any]]) -> str:
    return ", ".join(function["name"] for function in functions)


def _said(read: Action | Answer | Unreadable, language: str) -> list[ChatGenerationChunk]:
    if isinstance(read, Action):
        thought = [text_chunk(read.thought)] if read.thought else []
        return [*thought, call_chunk(read.name, read.arguments)]
    return [text_chunk((read.text if isinstance(read, Answer) else read.said) or NO_ANSWER[language])]
