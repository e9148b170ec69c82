"""A chat model whose answers are written beforehand and come when a test lets them."""

from __future__ import annotations

import asyncio
import math
import re
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field

from models.prompt_reading import PromptToken

Script = Callable[[str], Sequence[str | Exception]]


def echo(question: str) -> Sequence[str | Exception]:
    """Say the question back, word by word."""
    return [f"{word} " for word in f"You said: {question}".split()]


class ScriptedModel(BaseChatModel):
    """``script`` gives the pieces of the answer to a question; an exception among them is raised there.

    ``pace`` is awaited before each piece: an ``asyncio.Event.wait`` holds the answer, ``None`` lets it run.
    ``finish_reason`` ``"length"`` makes an answer look cut. ``num_closed`` counts the streams that were left early.
    ``prompts`` and ``options`` are what it was asked, call by call. It counts a word as a token; each piece is one too,
    with a single alternative. ``background_script`` answers what is asked in the background, where it is to be another;
    an exception in it is raised. ``tells_little`` is a model that tells neither tokens nor usage.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    script: Script = echo
    pace: Callable[[], Any] | None = None
    background_script: Script | None = None
    finish_reason: str = "stop"
    tells_little: bool = False
    prompts: list[list[BaseMessage]] = Field(default_factory=list)
    options: list[dict[str, Any]] = Field(default_factory=list)
    num_closed: int = 0

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self.prompts.append(messages)
        self.options.append({**kwargs, "stop": stop})
        script = self.background_script if kwargs.get("is_background") and self.background_script else self.script
        pieces = script(messages[-1].text)
        if fault := next((piece for piece in pieces if isinstance(piece, Exception)), None):
            raise fault
        return ChatResult(generations=[ChatGeneration(message=AIMessage("".join(map(str, pieces))))])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        self.prompts.append(messages)
        self.options.append({**kwargs, "stop": stop})
        is_whole, num_pieces = False, 0
        shows_tokens = kwargs.get("logprobs") and not self.tells_little
        try:
            for piece in self.script(messages[-1].text):
                await (self.pace() if self.pace else asyncio.sleep(0))
                if isinstance(piece, Exception):
                    raise piece
                num_pieces += 1
                metadata = {"logprobs": {"content": [_log_probability(piece)]}} if shows_tokens else {}
                yield ChatGenerationChunk(message=AIMessageChunk(content=piece, response_metadata=metadata))
            is_whole = True
            yield ChatGenerationChunk(message=await self._end(messages, num_pieces, kwargs))
        finally:
            self.num_closed += not is_whole

    async def _end(self, messages: list[BaseMessage], num_pieces: int, options: dict[str, Any]) -> AIMessageChunk:
        metadata: dict[str, Any] = {"finish_reason": self.finish_reason}
        if self.tells_little:
            return AIMessageChunk(content="", response_metadata=metadata)
        asked = {name: options[name] for name in ("prefill", "is_completion") if name in options}
        num_prompt = len(await self.aread_prompt(messages, **asked)) + len(options.get("prefill_ids", ()))
        usage = UsageMetadata(
            input_tokens=num_prompt,
            output_tokens=num_pieces,
            total_tokens=num_prompt + num_pieces,
            input_token_details=InputTokenDetails(cache_read=num_prompt // 2),
        )
        metadata |= {"seed": 7, "timings": {"first_token_s": 0.25, "decode_s": 0.5}}
        return AIMessageChunk(content="", usage_metadata=usage, response_metadata=metadata)

    async def aread_prompt(
        self,
        messages: Sequence[BaseMessage],
        *,
        prefill: str = "",
        is_completion: bool = False,
        tools: Sequence[dict[str, Any]] = (),
    ) -> tuple[PromptToken, ...]:
        """A token a word, and one that is the template's own before each message unless the text is only continued.

        A token for each tool comes first.
        """
        tokens = [PromptToken(0, b"<tool>", None) for _ in tools]
        for index, text in enumerate([*(message.text for message in messages), prefill]):
            if not is_completion and index < len(messages):
                tokens.append(PromptToken(0, b"<turn>", None))
            words = re.findall(r"\s*\S+|\s+$", text)
            tokens += [PromptToken(token_id(word), word.encode(), index) for word in words]
        return tuple(tokens)


def token_id(text: str) -> int:
    """The same id for the same text."""
    return zlib.crc32(text.encode()) % 50_000


def _log_probability(piece: str) -> dict[str, Any]:
    other = f"{piece.strip()}! "
    return {**_candidate(piece, 0.75), "top_logprobs": [_candidate(other, 0.25)]}


def _candidate(text: str, probability: float) -> dict[str, Any]:
    shown = {"token": text, "bytes": list(text.encode()), "token_id": token_id(text)}
    return {**shown, "logprob": math.log(probability), "probability_after": probability}
