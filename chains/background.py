"""What the model does for a conversation when nobody waits: its title and its running summary.

Both yield to people in the engine's queue. The title is asked for at the end of the conversation itself, so that the
engine reads next to nothing anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, get_buffer_string
from langchain_core.prompts import ChatPromptTemplate

from chains.composition import Frame, Turn
from chains.factory import build_chain
from chains.memory import fit, keeps_summary, num_summarized, turns_of
from chains.options import ConversationOptions, MemoryKind, SamplingChoice
from chains.prompts import SUMMARY_PROMPTS, TITLE_REQUEST
from chains.room_model import RoomModel
from chains.titles import cleaned_title
from errors import TertuliaError
from storage.conversations import ConversationStore
from storage.records import Conversation, Message, Role, TitleSource

MAX_TITLE_TOKENS = 24
MAX_SUMMARY_TOKENS = 256
NUM_KEPT_TURNS = 2  # the newest are never summarized: the next question is about them
NEAR = 0.6  # of the prompt's room; what is summarized then is done before it is needed

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Aftermath:
    """An answer has just been written: for ``owner``, in ``conversation``, with ``frame`` and settled ``options``."""

    owner: str
    conversation: Conversation
    options: ConversationOptions
    frame: Frame
    language: str


class Background:
    """Work that goes on after an answer; ``settled`` waits for it."""

    def __init__(self, store: ConversationStore, room_model: RoomModel) -> None:
        self._store = store
        self._room_model = room_model
        self._tasks: dict[str, set[asyncio.Task[None]]] = {}

    def after(self, aftermath: Aftermath) -> None:
        """Begin what is due in the conversation."""
        for job in (self._title, self._summarize):
            self._spawn(aftermath.conversation.id, job, aftermath)

    async def settled(self, conversation_id: str) -> None:
        """Wait until nothing is going on for the conversation."""
        while tasks := self._tasks.get(conversation_id):
            await asyncio.wait(tasks)

    def _spawn(self, conversation_id: str, job: Callable[[Aftermath], Awaitable[None]], given: Aftermath) -> None:
        async def run() -> None:
            try:
                await job(given)
            except TertuliaError as error:  # nobody waits for it: the first words, the old summary, stay
                logger.warning("background work failed: %s", error.key)

        tasks = self._tasks.setdefault(conversation_id, set())
        task = asyncio.create_task(run())
        tasks.add(task)
        task.add_done_callback(lambda done: self._forget(conversation_id, done))

    def _forget(self, conversation_id: str, done: asyncio.Task[None]) -> None:
        if not done.cancelled() and (error := done.exception()) is not None:
            logger.error("background work failed: %s", type(error).__name__)
        self._tasks[conversation_id].discard(done)
        if not self._tasks[conversation_id]:
            del self._tasks[conversation_id]

    # --- title -------------------------------------------------------------------------------------------------------

    async def _title(self, given: Aftermath) -> None:
        conversation, path = await self._read(given)
        is_due = conversation.title_source is TitleSource.WORDS and len(turns_of(path)) <= NUM_KEPT_TURNS
        if not is_due or given.options.mode == "completion" or not path[-1].text:
            return
        options = given.options.model_copy(update={"human_name": "", "ai_name": ""})
        within = (self._budget(MAX_TITLE_TOKENS), self._read_prompt)
        fitted = await fit(given.frame, turns_of(path), TITLE_REQUEST[given.language], options, within)
        composition = fitted.composition
        proposal = await self._call(given, composition.prompt, composition.variables, MAX_TITLE_TOKENS)
        title = cleaned_title(proposal)
        if title is None:
            return
        newest, _ = await self._read(given)
        if newest.title_source is TitleSource.WORDS:  # nobody named it meanwhile
            await self._change(given, title=title, title_source=TitleSource.MODEL)

    # --- summary -----------------------------------------------------------------------------------------------------

    async def _summarize(self, given: Aftermath) -> None:
        if not keeps_summary(given.options) or given.options.template.steps:
            return
        conversation, path = await self._read(given)
        turns = turns_of(path)
        first = num_summarized(turns, conversation.summary_until)
        due = turns[first:-NUM_KEPT_TURNS]
        room = self._budget(given.options.sampling.max_tokens or 0)
        if not due or not await self._is_near(given, turns[first:], room):
            return
        limit = min(MAX_SUMMARY_TOKENS, self._room_model.context_tokens // 4)
        summary = conversation.summary if first or conversation.summary_until is None else ""
        while due:
            human, ai = given.options.human_name or "Human", given.options.ai_name or "AI"
            lines = get_buffer_string(_to_langchain(due), human_prefix=human, ai_prefix=ai)
            variables = {"summary": summary, "lines": lines}
            prompt = SUMMARY_PROMPTS[given.language]
            tokens = await self._read_prompt(prompt.format_messages(**variables), False)
            if len(tokens) <= self._budget(limit):
                written = (await self._call(given, prompt, variables, limit)).strip()
                newest, _ = await self._read(given)
                if written and newest.summary == conversation.summary:  # nobody rewrote it meanwhile
                    await self._change(given, summary=written, summary_until=due[-1][-1].id)
                return
            due = due[: len(due) // 2]

    async def _is_near(self, given: Aftermath, turns: Sequence[Turn], room: int) -> bool:
        everything = given.options.model_copy(update={"memory": MemoryKind.EVERYTHING})
        fitted = await fit(given.frame, turns, "", everything, (room, self._read_prompt))
        return fitted.num_left_out > 0 or len(fitted.tokens) > NEAR * room

    # --- both --------------------------------------------------------------------------------------------------------

    async def _call(self, given: Aftermath, prompt: ChatPromptTemplate, variables: dict[str, Any], limit: int) -> str:
        sampling = SamplingChoice(temperature=0.0, repeat_penalty=1.1, max_tokens=limit)
        options = {"owner": given.owner, "is_background": True, **sampling.chosen()}
        chain = build_chain(prompt, self._room_model.model.bind(**options), run_name="background")
        return await chain.ainvoke(variables)

    async def _read_prompt(self, messages: list[BaseMessage], is_completion: bool) -> Any:
        return await self._room_model.reader.aread_prompt(messages, is_completion=is_completion)

    def _budget(self, reserved: int) -> int:
        return self._room_model.context_tokens - reserved

    async def _read(self, given: Aftermath) -> tuple[Conversation, tuple[Message, ...]]:
        key = (given.owner, given.conversation.id)
        conversation = await asyncio.to_thread(self._store.get, *key)
        tree = await asyncio.to_thread(self._store.tree, *key)
        return conversation, tree.path

    async def _change(self, given: Aftermath, **fields: Any) -> None:
        await asyncio.to_thread(self._store.change, given.owner, given.conversation.id, **fields)


def _to_langchain(turns: Sequence[Turn]) -> list[BaseMessage]:
    kinds: dict[Role, type[HumanMessage | AIMessage]] = {Role.USER: HumanMessage, Role.ASSISTANT: AIMessage}
    return [kinds[message.role](message.text) for turn in turns for message in turn if message.text]
