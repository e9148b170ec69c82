"""The running summary of a conversation: when one is due, of which turns, and the call that writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, get_buffer_string
from langchain_core.prompts import ChatPromptTemplate

from chains.composition import Frame, Turn
from chains.factory import build_chain
from chains.memory import fit
from chains.options import ConversationOptions, MemoryKind
from chains.prompts import SUMMARY_PROMPTS
from chains.room_model import RoomModel
from models.prompt_reading import PromptToken
from storage.records import Role

MAX_SUMMARY_TOKENS = 256
NUM_KEPT_TURNS = 2  # the newest are never summarized: the next question is about them
NEAR = 0.6  # of the prompt's room; what is summarized then is done before it is needed


@dataclass(frozen=True)
class DueSummary:
    """A summary to be written of the one before and ``turns``, in at the most ``max_tokens``."""

    prompt: ChatPromptTemplate
    variables: dict[str, Any]
    turns: tuple[Turn, ...]
    max_tokens: int

    @property
    def until(self) -> str:
        """The id of the last message that it covers."""
        return self.turns[-1][-1].id


class Summaries:
    """Those that a model writes. Raises what the model raises."""

    def __init__(self, room_model: RoomModel) -> None:
        self._room_model = room_model

    async def due(
        self, frame: Frame, turns: Sequence[Turn], summary: str, options: ConversationOptions, language: str
    ) -> DueSummary | None:
        """What is to be summed up now of ``turns``, which ``summary`` does not cover; None while there is room.

        As many of the oldest as the model can read at once; none when not even one of them fits. ``options`` are
        settled and keep a summary.
        """
        unsummarized = turns[:-NUM_KEPT_TURNS]
        if not unsummarized or not await self._is_near(frame, turns, options):
            return None
        limit = min(MAX_SUMMARY_TOKENS, self._room_model.context_tokens // 4)
        human, ai = options.human_name or "Human", options.ai_name or "AI"
        prompt = SUMMARY_PROMPTS[language]
        while unsummarized:
            lines = get_buffer_string(_to_langchain(unsummarized), human_prefix=human, ai_prefix=ai)
            variables = {"summary": summary, "lines": lines}
            tokens = await self._read_prompt(prompt.format_messages(**variables), False)
            if len(tokens) <= self._room_model.context_tokens - limit:
                return DueSummary(prompt, variables, tuple(unsummarized), limit)
            unsummarized = unsummarized[: len(unsummarized) // 2]
        return None

    async def write(self, due: DueSummary, owner: str, *, is_background: bool = True) -> str:
        """The new summary; empty when the model found no words. ``is_background`` yields to people."""
        model = self._room_model.briefly(owner, due.max_tokens, is_background=is_background)
        return (await build_chain(due.prompt, model, run_name="background").ainvoke(due.variables)).strip()

    async def _is_near(self, frame: Frame, turns: Sequence[Turn], options: ConversationOptions) -> bool:
        room = self._room_model.context_tokens - (options.sampling.max_tokens or 0)
        everything = options.model_copy(update={"memory": MemoryKind.EVERYTHING})
        fitted = await fit(frame, turns, "", everything, (room, self._read_prompt))
        return fitted.num_left_out > 0 or len(fitted.tokens) > NEAR * room

    async def _read_prompt(self, messages: list[BaseMessage], is_completion: bool) -> tuple[PromptToken, ...]:
        return await self._room_model.reader.aread_prompt(messages, is_completion=is_completion)


def _to_langchain(turns: Sequence[Turn]) -> list[BaseMessage]:
    kinds: dict[Role, type[HumanMessage | AIMessage]] = {Role.USER: HumanMessage, Role.ASSISTANT: AIMessage}
    return [kinds[message.role](message.text) for turn in turns for message in turn if message.text]
