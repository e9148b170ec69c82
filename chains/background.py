"""What the model does for a conversation when nobody waits: its title and its running summary.

Both yield to people in the engine's queue. The title is asked for at the end of the conversation itself, so that the
engine reads next to nothing anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import BaseMessage

from chains.composition import Frame
from chains.factory import build_chain
from chains.memory import ReadPrompt, fit, keeps_summary, num_summarized, turns_of
from chains.options import ConversationOptions
from chains.prompts import TITLE_REQUEST
from chains.room_model import RoomModel
from chains.summaries import Summaries
from chains.titles import cleaned_title
from errors import TertuliaError
from models.prompt_reading import PromptToken
from storage.conversations import ConversationStore
from storage.records import Conversation, Message, TitleSource

MAX_TITLE_TOKENS = 24
MAX_TITLED_TURNS = 2  # a title is tried for no later

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Aftermath:
    """An answer has just been written: for ``owner``, in ``conversation``, with ``frame`` and settled ``options``.

    ``room_model`` wrote it, and now does the rest.
    """

    owner: str
    conversation: Conversation
    options: ConversationOptions
    frame: Frame
    language: str
    room_model: RoomModel


class Background:
    """Work that goes on after an answer; ``settled`` waits for it."""

    def __init__(self, store: ConversationStore) -> None:
        self._store = store
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
        is_due = conversation.title_source is TitleSource.WORDS and len(turns_of(path)) <= MAX_TITLED_TURNS
        if not is_due or given.options.mode == "completion" or not path[-1].text:
            return
        options = given.options.model_copy(update={"human_name": "", "ai_name": ""})
        within = _within(given.room_model, MAX_TITLE_TOKENS)
        fitted = await fit(given.frame, turns_of(path), TITLE_REQUEST[given.language], options, within)
        composition = fitted.composition
        model = given.room_model.briefly(given.owner, MAX_TITLE_TOKENS)
        proposal = await build_chain(composition.prompt, model, run_name="background").ainvoke(composition.variables)
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
        summary = conversation.summary if first or conversation.summary_until is None else ""
        summaries = Summaries(given.room_model)
        due = await summaries.due(given.frame, turns[first:], summary, given.options, given.language)
        if due is None:
            return
        written = await summaries.write(due, given.owner)
        newest, _ = await self._read(given)
        if written and newest.summary == conversation.summary:  # nobody rewrote it meanwhile
            await self._change(given, summary=written, summary_until=due.until)

    # --- both --------------------------------------------------------------------------------------------------------

    async def _read(self, given: Aftermath) -> tuple[Conversation, tuple[Message, ...]]:
        key = (given.owner, given.conversation.id)
        conversation = await asyncio.to_thread(self._store.get, *key)
        tree = await asyncio.to_thread(self._store.tree, *key)
        return conversation, tree.path

    async def _change(self, given: Aftermath, **fields: Any) -> None:
        await asyncio.to_thread(self._store.change, given.owner, given.conversation.id, **fields)


def _within(room_model: RoomModel, reserved: int) -> tuple[int, ReadPrompt]:
    """How many tokens a prompt may have, and who counts them."""

    async def read(messages: list[BaseMessage], is_completion: bool) -> tuple[PromptToken, ...]:
        return await room_model.reader.aread_prompt(messages, is_completion=is_completion)

    return room_model.context_tokens - reserved, read
