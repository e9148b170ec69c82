"""One question, one answer, nothing kept: for programs that ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from chains.factory import build_chain
from chains.model_shelf import Models
from chains.options import ConversationOptions, SamplingChoice
from chains.prompts import CHAT_PROMPT, SYSTEM_PROMPTS, TEXT_PROMPT
from chains.room_model import RoomModel
from errors import MessageTooLong
from safety.surrogates import without_surrogates


@dataclass(frozen=True)
class PlainQuestion:
    """``model`` "" is the first one offered; without ``system``, the program's own in ``language`` goes before."""

    text: str
    model: str = ""
    system: str = ""
    language: str = "en"
    sampling: SamplingChoice = field(default_factory=SamplingChoice)


@dataclass(frozen=True)
class Ending:
    """How an answer ended: ``reason`` is "stop" or "length"; tokens are None where the model tells none."""

    model: str
    reason: str
    input_tokens: int | None = None
    output_tokens: int | None = None


class PlainAnswers:
    """``max_characters`` is the limit of a question, its system prompt included."""

    def __init__(self, models: Models, max_characters: int) -> None:
        self._models = models
        self._max_characters = max_characters

    def models(self, owner: str) -> tuple[str, ...]:
        """What ``owner`` may ask, the first one offered at the front."""
        return self._models.names(owner)

    async def ask(self, owner: str, question: PlainQuestion) -> AsyncGenerator[str | Ending, None]:
        """The answer's pieces, and at last how it ended. Closing the iterator stops the model.

        Raises MessageTooLong, ModelUnknown, QuestionRefused, AnswerRefused, and whatever the model raises.
        """
        length = len(question.text) + len(question.system)
        if length > self._max_characters:
            raise MessageTooLong(length=length, limit=self._max_characters)
        room_model = await asyncio.to_thread(self._models.get, question.model, owner)
        question = replace(question, text=room_model.guard.question(question.text, question.language))
        heard = _Ending()
        chain, variables = _chain(room_model, owner, question)
        async with aclosing(chain.astream(variables, {"callbacks": [heard]})) as pieces:
            async for piece in pieces:
                if piece:
                    yield piece
        yield heard.ending(room_model.name)


def _chain(room_model: RoomModel, owner: str, question: PlainQuestion) -> tuple[Any, dict[str, Any]]:
    options = room_model.settled(ConversationOptions(sampling=question.sampling))
    chosen = options.sampling.chosen()
    stop = list(chosen.pop("stop", ()))
    call = {"owner": owner, **chosen, **({"stop": stop} if stop else {})}
    text = without_surrogates(question.text)
    if options.mode == "completion":
        model = room_model.model.bind(**call, is_completion=True)
        return build_chain(TEXT_PROMPT, model, "api", room_model.guard.begin()), {"text": text}
    system = without_surrogates(question.system) or SYSTEM_PROMPTS[question.language]
    variables = {"system_prompt": system, "turns": [HumanMessage(text)]}
    guarded = room_model.guard.begin((system,))
    return build_chain(CHAT_PROMPT, room_model.model.bind(**call), "api", guarded), variables


class _Ending(AsyncCallbackHandler):
    """Hears what the model tells beside its text."""

    def __init__(self) -> None:
        self._message: AIMessage | None = None

    async def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        generation = response.generations[0][0]
        if isinstance(generation, ChatGeneration) and isinstance(generation.message, AIMessage):
            self._message = generation.message

    def ending(self, model: str) -> Ending:
        told = self._message.response_metadata if self._message else {}
        usage = self._message.usage_metadata if self._message else None
        reason = "length" if told.get("finish_reason") == "length" else "stop"
        if usage is None:
            return Ending(model, reason)
        return Ending(model, reason, usage["input_tokens"], usage["output_tokens"])
