"""The calls of the model in one turn of the agent, each with the record of how it went."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import cached_property
from typing import Any, TypeVar, cast

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.runnables import Runnable, RunnablePassthrough

from agents.leaving import leave
from chains.answer_guard import AnswerGuard
from chains.composition import Composition, Section, Spoken
from chains.options import ConversationOptions, SamplingChoice
from chains.prompts import CHAT_PROMPT
from chains.recorder import QueuePlace, RunRecorder
from chains.room_model import RoomModel
from chains.run_record import ANSWERED_BY, Part, PromptTokens, RunRecord, missed_in, written_tokens
from errors import PromptTooLong
from models.prompt_reading import PromptToken

ABOUT_TOOLS = ("tools", "tool_choice", "parallel_tool_calls")
OF_PROMPT = ("tools", "prefill", "is_completion")  # options of a call that say what is sent
PART = "part"
SHORTENED = "\n[The rest is left out: there is no room for it.]"
TOKENS_OF_NOTE = 24  # about as many
LEAST_CHARACTERS = 100  # of a result: none is made shorter than that
Chunks = AsyncGenerator[AIMessageChunk, None]
AnyMessage = TypeVar("AnyMessage", bound=BaseMessage)


class ModelCalls:
    """Calls ``room_model`` for ``owner`` with settled ``options``; ``on_place`` hears each place in its queue."""

    def __init__(
        self,
        room_model: RoomModel,
        owner: str,
        options: ConversationOptions,
        on_place: Callable[[QueuePlace], None],
    ) -> None:
        self._room_model = room_model
        self._owner = owner
        self._options = options
        self._on_place = on_place
        self._runs: list[_Run] = []

    @property
    def runs(self) -> tuple[RunRecord, ...]:
        """What is known by now of every call, also of those that were left early."""
        return tuple(run.record for run in self._runs)

    @property
    def takes_grammar(self) -> bool:
        """Whether the model can be held to a grammar."""
        return self._room_model.takes_grammar

    @property
    def num_parameters(self) -> float:
        """Of the model; infinite where nobody tells."""
        return self._room_model.num_parameters

    async def stream(self, messages: Sequence[BaseMessage], *, step: str = "", **options: Any) -> Chunks:
        """Call the model with ``messages``, each a part of the prompt as ``part_of`` says.

        ``options`` are the call's own (``tools``, ``tool_choice``, ``grammar``, ``stop``, ``max_tokens`` and so on) and
        win over what the conversation chose; None takes one of those away. ``step`` is the call's name in the record.
        Where the prompt does not fit, the longest results of tools are shortened until it does.

        Raises PromptTooLong, and what the model raises. Closing it stops the model.
        """
        chosen = self._room_model.call_options(self._owner, self._options) | options
        chosen = {name: value for name, value in chosen.items() if value is not None}
        prompt = await self._fit(list(messages), chosen)
        sampling = {name: value for name, value in chosen.items() if name in SamplingChoice.model_fields}
        num_prompt = len(prompt.tokens) or None
        told = RunRecord(model=self._room_model.name, step=step, sampling=sampling, num_prompt=num_prompt)
        run = _Run(told, prompt, self._on_place, self._room_model.guard)
        self._runs.append(run)
        async with aclosing(run.read(_bound(self._room_model.model, chosen))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _fit(self, messages: list[BaseMessage], options: dict[str, Any]) -> _Prompt:
        """``messages`` with results as long as the window lets them be."""
        asked = {name: options[name] for name in OF_PROMPT if options.get(name)}
        limit = self._room_model.context_tokens - options.get("max_tokens", 0)
        while True:
            prompt = _Prompt(messages, await self._room_model.reader.aread_prompt(messages, **asked))
            excess = len(prompt.tokens) - limit
            if excess <= 0:
                return prompt
            shorter = prompt.shortened(excess)
            if shorter is None:
                raise PromptTooLong(length=len(prompt.tokens), limit=limit)
            messages = shorter


class _Run:
    """One call of the model. It runs in a task of its own, as in ``chains.streaming``, so that it can be left."""

    def __init__(
        self, told: RunRecord, prompt: _Prompt, on_place: Callable[[QueuePlace], None], guard: AnswerGuard
    ) -> None:
        self._guarded = guard.begin(prompt.orders)
        self._told = told
        self._prompt = prompt
        self._recorder = RunRecorder(on_place)

    @property
    def record(self) -> RunRecord:
        """What is known of the call by now."""
        written = written_tokens(self._recorder.logprobs)
        first = self._recorder.begun or {}
        filters = self._guarded.acted
        answer = () if filters else written
        counted = {"num_output": len(written) or None, "filters": filters}
        known = {"prompt": self._prompt.by_part, "answer": answer, **counted}
        told = {"model": first.get(ANSWERED_BY, self._told.model), "missed": missed_in(first)}
        told["times"] = self._recorder.times
        record = self._told.model_copy(update={**known, **told})
        return record.told_by(self._recorder.message) if self._recorder.message else record

    async def read(self, model: Runnable[LanguageModelInput, AIMessage]) -> Chunks:
        """What the model writes, piece by piece."""
        news: asyncio.Queue[AIMessageChunk | None] = asyncio.Queue()
        task = asyncio.create_task(self._produce(model, news))
        try:
            while (chunk := await news.get()) is not None:
                yield self._told_of(_without_probabilities(chunk))
            await task
            if rest := self._guarded.finish():
                yield AIMessageChunk(content=rest)
        finally:
            await leave(task)

    def _told_of(self, chunk: AIMessageChunk) -> AIMessageChunk:
        """``chunk`` with what may be told of its text now. Raises AnswerRefused."""
        if not isinstance(chunk.content, str) or not chunk.content:
            return chunk
        return chunk.model_copy(update={"content": self._guarded.feed(chunk.content)})

    async def _produce(
        self, model: Runnable[LanguageModelInput, AIMessage], news: asyncio.Queue[AIMessageChunk | None]
    ) -> None:
        """The model is called within a chain, as it tells its queue only to a run that it is part of.

        The recorder is the only one that hears it: those who listen to the agent's graph hear the strategy instead.
        """
        chain = RunnablePassthrough[Any]() | model
        try:
            async for chunk in chain.astream(self._prompt.messages, {"callbacks": [self._recorder]}):
                news.put_nowait(cast("AIMessageChunk", chunk))
        finally:
            news.put_nowait(None)


class _Prompt:
    """A prompt as it is sent, and its tokens."""

    def __init__(self, messages: list[BaseMessage], tokens: tuple[PromptToken, ...]) -> None:
        self.messages = messages
        self.tokens = tokens

    @cached_property
    def by_part(self) -> tuple[PromptTokens, ...]:
        parts = parts_of(self.messages)
        spoken = tuple(
            Spoken(message.type, (Section(part, message.text),))
            for message, part in zip(self.messages, parts, strict=True)
        )
        return Composition(CHAT_PROMPT, {}, spoken).by_part(self.tokens)

    @property
    def orders(self) -> tuple[str, ...]:
        """What the model was told to be, which an answer is not to tell."""
        return tuple(message.text for message in self.messages if isinstance(message, SystemMessage))

    def shortened(self, excess: int) -> list[BaseMessage] | None:
        """The messages with their longest result shorter; None where none can be.

        By half at most: so the next longest has to give, too.
        """
        lengths = {index: len(_body(self.messages[index])) for index in self._results()}
        longest = max(lengths, key=lambda index: lengths[index], default=None)
        if longest is None or lengths[longest] <= LEAST_CHARACTERS:
            return None
        length = lengths[longest]
        num_tokens = sum(token.message == longest for token in self.tokens) or length
        enough = length * max(0, num_tokens - excess - TOKENS_OF_NOTE) // num_tokens
        kept = _body(self.messages[longest])[: max(enough, length // 2, LEAST_CHARACTERS)]
        shorter = self.messages[longest].model_copy(update={"content": kept.rstrip() + SHORTENED})
        return [*self.messages[:longest], shorter, *self.messages[longest + 1 :]]

    def _results(self) -> list[int]:
        return [index for index, part in enumerate(parts_of(self.messages)) if part is Part.RESULTS]


def as_part(message: AnyMessage, part: Part) -> AnyMessage:
    """``message`` known as ``part`` of the prompt, where its kind does not tell: a result that is told in words."""
    return message.model_copy(update={"additional_kwargs": {**message.additional_kwargs, PART: part.value}})


def parts_of(messages: Sequence[BaseMessage]) -> list[Part]:
    """What part of the prompt each of ``messages`` is; the question is the last one of the person."""
    asked = [
        index
        for index, one in enumerate(messages)
        if isinstance(one, HumanMessage) and PART not in one.additional_kwargs
    ]
    question = asked[-1] if asked else -1
    return [_part(message, index, question) for index, message in enumerate(messages)]


def _part(message: BaseMessage, index: int, question: int) -> Part:
    if PART in message.additional_kwargs:
        return Part(message.additional_kwargs[PART])
    if isinstance(message, SystemMessage):
        return Part.SYSTEM
    if index <= question:
        return Part.QUESTION if index == question else Part.HISTORY
    return Part.RESULTS if isinstance(message, ToolMessage) else Part.CALLS


def _body(message: BaseMessage) -> str:
    return message.text.removesuffix(SHORTENED)


def _bound(model: BaseChatModel, options: dict[str, Any]) -> Runnable[LanguageModelInput, AIMessage]:
    if options.get("tools"):
        return model.bind_tools(**options)
    return model.bind(**{name: value for name, value in options.items() if name not in ABOUT_TOOLS})


def _without_probabilities(chunk: AIMessageChunk) -> AIMessageChunk:
    """They are in the record, and joining them again and again costs more than all else."""
    metadata = {name: value for name, value in chunk.response_metadata.items() if name != "logprobs"}
    return chunk.model_copy(update={"response_metadata": metadata})
