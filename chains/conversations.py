"""A question is stored, fitted to the window, answered by the chain, and the answer stored as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, merge_message_runs
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable

from chains.history import TokenCounter, fit_history
from chains.prompts import SYSTEM_PROMPTS
from chains.streaming import PacedStream, Progress
from errors import ConversationBusy, MessageTooLong, TertuliaError
from storage.conversations import ConversationStore, Message, MessageStatus, Role


@dataclass(frozen=True)
class Limits:
    """``max_characters`` of one message; ``max_prompt_tokens`` of everything that is sent to the model."""

    max_characters: int
    max_prompt_tokens: int


class Conversations:
    """What the Chat room does, without its page.

    ``chain`` takes ``system_prompt``, ``history`` and ``question``; ``prompt`` is its first stage, needed alone to
    count what it will make.
    """

    def __init__(
        self,
        store: ConversationStore,
        chain: Runnable[dict[str, Any], str],
        prompt: ChatPromptTemplate,
        count_tokens: TokenCounter,
        limits: Limits,
    ) -> None:
        self._store = store
        self._chain = chain
        self._prompt = prompt
        self._count_tokens = count_tokens
        self._limits = limits
        self._answering: set[str] = set()

    def start(self, owner: str) -> str:
        """Begin an empty conversation and return its id."""
        return self._store.create(owner)

    def messages(self, owner: str, conversation_id: str) -> tuple[Message, ...]:
        """All messages, oldest first. Raises ConversationNotFound."""
        return self._store.messages(owner, conversation_id)

    async def reply(self, owner: str, conversation_id: str, text: str, language: str) -> AsyncGenerator[Message, None]:
        """Store the question ``text`` and answer it, yielding the answer so far about ten times a second.

        Raises MessageTooLong, PromptTooLong, ConversationBusy or ConversationNotFound before the first yield, and
        then nothing is stored. Closing the iterator stops the model; what was written until then is kept and marked
        STOPPED. A fault of the engine ends in an answer marked FAILED that carries its sentence's key.
        """
        text = text.encode("utf-8", errors="replace").decode()  # half a surrogate pair has no place in UTF-8
        history = self._store.messages(owner, conversation_id)
        if len(text) > self._limits.max_characters:
            raise MessageTooLong(length=len(text), limit=self._limits.max_characters)
        if conversation_id in self._answering:
            raise ConversationBusy
        self._answering.add(conversation_id)
        try:
            prompt, num_left_out = await self._fit(history, text, language)
            self._store.put(owner, conversation_id, Message(Role.USER, text))
            first = Message(Role.ASSISTANT, "", MessageStatus.ANSWERING, num_left_out)
            async with aclosing(self._answer(first, prompt, owner)) as answers:
                async for answer in answers:
                    self._store.put(owner, conversation_id, answer)
                    yield answer
        finally:
            self._settle(owner, conversation_id)
            self._answering.discard(conversation_id)

    async def _answer(self, answer: Message, prompt: dict[str, Any], owner: str) -> AsyncGenerator[Message, None]:
        """The growing answer, and at last how it ended."""
        yield answer
        stream = PacedStream(self._chain, prompt, {"configurable": {"owner": owner}})
        try:
            async with aclosing(stream.read()) as news:
                async for progress in news:
                    answer = _grown(answer, progress)
                    yield answer
            yield replace(answer, status=MessageStatus.CUT if stream.was_cut else MessageStatus.COMPLETE)
        except TertuliaError as error:
            yield replace(answer, status=MessageStatus.FAILED, error_key=error.key)

    def _settle(self, owner: str, conversation_id: str) -> None:
        """An answer still marked ANSWERING was left by whoever read it: mark it STOPPED."""
        messages = self._store.messages(owner, conversation_id)
        if messages and messages[-1].status is MessageStatus.ANSWERING:
            self._store.put(owner, conversation_id, replace(messages[-1], status=MessageStatus.STOPPED))

    async def _fit(self, history: Sequence[Message], question: str, language: str) -> tuple[dict[str, Any], int]:
        """The chain's variables within the window, and how many older messages they leave out."""
        turns = merge_message_runs([*_to_langchain(history), HumanMessage(question)])
        variables = {"system_prompt": SYSTEM_PROMPTS[language], "history": turns[:-1], "question": turns[-1].text}
        whole = self._prompt.format_messages(**variables)
        fitted = await asyncio.to_thread(fit_history, whole, self._limits.max_prompt_tokens, self._count_tokens)
        return {**variables, "history": fitted[1:-1]}, len(whole) - len(fitted)


def _grown(answer: Message, progress: Progress) -> Message:
    place, seconds = (progress.place.place, progress.place.seconds) if progress.place else (0, None)
    return replace(answer, text=answer.text + progress.text, queue_place=place, queue_seconds=seconds)


def _to_langchain(history: Sequence[Message]) -> list[BaseMessage]:
    """An answer that never began is left out: models were not trained on empty ones."""
    kinds: dict[Role, type[HumanMessage | AIMessage]] = {Role.USER: HumanMessage, Role.ASSISTANT: AIMessage}
    return [kinds[message.role](message.text) for message in history if message.text]
