"""The service of the Chat room over a scripted model; ``chat_room_fixtures`` makes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Protocol

from langchain_core.messages import BaseMessage

from chains.conversations import Conversations
from chains.live import LiveAnswers
from chains.options import ConversationOptions
from chains.replies import Answers, Place, Replies
from chains.room_model import PromptReader, RoomModel
from chains.run_record import AnswerRecord
from storage.conversations import ConversationStore
from storage.notes import NoteStore
from storage.records import Message, MessageStatus
from tests.scripted_model import ScriptedModel

OWNER = "ana"
MAX_CHARACTERS = 1_000
MAX_ANSWER_TOKENS = 40


@dataclass
class ChatRoom:
    """One conversation in it is under way: ``id``."""

    model: ScriptedModel
    store: ConversationStore
    notes: NoteStore
    live: LiveAnswers
    conversations: Conversations
    replies: Replies
    id: str = field(init=False)

    def __post_init__(self) -> None:
        self.id = self.conversations.start(OWNER)

    @property
    def here(self) -> Place:
        return Place(OWNER, self.id, "en")

    @property
    def prompts(self) -> list[list[tuple[str, str]]]:
        """Who says what in each prompt that somebody waited for."""
        return [_said(prompt) for prompt, _ in self._calls(is_background=False)]

    @property
    def background_prompts(self) -> list[list[tuple[str, str]]]:
        """The same of those that nobody waited for."""
        return [_said(prompt) for prompt, _ in self._calls(is_background=True)]

    @property
    def options(self) -> list[dict[str, Any]]:
        """What the model was told beside each of ``prompts``."""
        return [options for _, options in self._calls(is_background=False)]

    @property
    def branch(self) -> tuple[Message, ...]:
        """What is stored of the branch that is shown."""
        return self.store.tree(OWNER, self.id).path

    @property
    def shape(self) -> list[tuple[str, str]]:
        """Text and status of each message stored."""
        return [(message.text, message.status.value) for message in self.branch]

    @property
    def is_free(self) -> bool:
        """Nobody answers here, and nothing stored waits for the rest of its answer."""
        messages = self.store.tree(OWNER, self.id).messages
        is_open = any(message.status is MessageStatus.ANSWERING for message in messages)
        return not is_open and not self.live.is_taken(self.id)

    def _calls(self, *, is_background: bool) -> list[tuple[list[BaseMessage], dict[str, Any]]]:
        calls = zip(self.model.prompts, self.model.options, strict=True)
        return [call for call in calls if call[1].get("is_background", False) is is_background]

    def choose(self, options: ConversationOptions) -> None:
        self.conversations.change_options(OWNER, self.id, options)

    async def say(self, text: str, **inputs: str) -> Message:
        """Ask, and wait for the answer and for what the model does after it."""
        return await self.hear(self.replies.ask(self.here, {"question": text, **inputs}))

    async def hear(self, answers: Answers) -> Message:
        """The answer as it is in the end; a fault that is raised in place of one passes."""
        async with aclosing(answers):
            async for answer in answers:
                last = answer.message
        await self.replies.background.settled(self.id)
        return last

    async def leave(self, answers: Answers, text: str) -> None:
        """Read until the answer holds ``text``, then go away."""
        async with aclosing(answers):
            async for answer in answers:
                if text in answer.message.text:
                    break

    def record(self, message: Message) -> AnswerRecord:
        record = self.conversations.record(OWNER, self.id, message.id)
        assert record is not None
        return record

    def written(self, message: Message) -> list[str]:
        """The tokens of an answer, as its record has them."""
        return [token.text.decode() for token in self.record(message).last.answer]


class RoomOver(Protocol):
    """Makes a room. ``store`` and ``reader`` are what a test puts in the place of the usual ones."""

    def __call__(
        self,
        model: ScriptedModel | None = None,
        *,
        context_tokens: int = 10_000,
        store: type[ConversationStore] = ConversationStore,
        reader: PromptReader | None = None,
        others: Sequence[RoomModel] = (),
    ) -> ChatRoom: ...


@dataclass
class Gate:
    """A pace at which the first ``num_open`` pieces come and the others do not; ``num_asked`` were asked for."""

    num_open: int
    num_asked: int = 0

    async def pass_one(self) -> None:
        self.num_asked += 1
        if self.num_asked > self.num_open:
            await asyncio.Event().wait()


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until ``condition`` holds; the test's own time-out ends a loop in which it never does."""
    while not condition():  # noqa: ASYNC110 (nothing tells of it: the wait is part of what is tested)
        await asyncio.sleep(0)


def _said(prompt: Sequence[BaseMessage]) -> list[tuple[str, str]]:
    roles = {"human": "user", "ai": "assistant"}
    return [(roles.get(message.type, message.type), message.text) for message in prompt]
