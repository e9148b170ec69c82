"""Runs the calls of the Prompts tab: those that do not wait for each other together, so that they are one batch."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from chains.answering import decoded
from chains.factory import build_chain
from chains.recorder import QueuePlace
from chains.room_model import RoomModel
from chains.run_record import PromptTokens, WrittenToken, written_tokens
from chains.streaming import SECONDS_BETWEEN_UPDATES, PacedStream
from models.sampling import SamplingParams
from playground.exports import Table
from playground.panel_options import PromptsOptions
from playground.permalinks import SETTINGS
from playground.positions import PromptText
from playground.prompt_calls import PromptCall, prompt_calls

LEAST_PROBABILITY = 1e-12  # of a token: its logarithm stays a number


@dataclass(frozen=True)
class CallState:
    """One call as it stands: what was sent (nothing yet while ``prompt`` is empty) and what the model wrote.

    ``place`` is the one in the model's queue while nothing came. ``was_cut`` when the limit of tokens ended it,
    ``was_stopped`` when the model began another question. ``tokens`` are empty where a model tells none.
    """

    call: PromptCall
    prompt: tuple[PromptTokens, ...] = ()
    text: str = ""
    tokens: tuple[WrittenToken, ...] = ()
    place: QueuePlace | None = None
    is_done: bool = False
    was_cut: bool = False
    was_stopped: bool = False

    @property
    def end(self) -> str:
        """What ended it: "stop", "limit" or "model"."""
        return "stop" if self.was_stopped else "limit" if self.was_cut else "model"

    @property
    def num_prompt(self) -> int:
        return sum(len(part.texts) for part in self.prompt)

    @property
    def perplexity(self) -> float | None:
        """Among how many equally likely tokens the model hesitated at each; None where nothing was written."""
        if not self.tokens:
            return None
        logs = [math.log(max(token.probability, LEAST_PROBABILITY)) for token in self.tokens]
        return math.exp(-math.fsum(logs) / len(logs))


class PromptLab:
    """Asks ``model``. Raises what it raises, PromptTooLong or EngineBusy among it."""

    def __init__(self, model: RoomModel) -> None:
        self._model = model

    async def run(
        self, owner: str, asked: PromptText, options: PromptsOptions, sampling: SamplingParams
    ) -> AsyncGenerator[tuple[CallState, ...], None]:
        """Every call as it stands, again and again, until all have ended. Closing it stops the model.

        Raises NothingToCompare or a TemplateInvalid before anything is sent.
        """
        states = [CallState(call) for call in prompt_calls(asked, options)]
        run = _Run(self._model, owner, sampling, states)
        works = {"chain": run.in_turn, "lengths": run.longest_alone}
        task = asyncio.create_task(works.get(options.compare, run.at_once)())
        task.add_done_callback(lambda _: run.news.set())
        try:
            while not task.done():
                await run.news.wait()
                run.news.clear()
                yield tuple(states)
                await asyncio.wait({task}, timeout=SECONDS_BETWEEN_UPDATES)
            await task
            yield tuple(states)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class _Run:
    """One comparison under way. ``news`` is set whenever ``states`` changed."""

    def __init__(self, model: RoomModel, owner: str, sampling: SamplingParams, states: list[CallState]) -> None:
        self._model = model
        self._options = {"owner": owner, "logprobs": True, "top_logprobs": 0}
        self._options |= {name: getattr(sampling, name) for name in SETTINGS}
        self._states = states
        self._are_beginnings = False
        self.news = asyncio.Event()

    async def at_once(self) -> None:
        """Each call by itself, all at the same time."""
        try:
            async with asyncio.TaskGroup() as group:
                for place in range(len(self._states)):
                    group.create_task(self._write(place))
        except ExceptionGroup as group_of_errors:
            raise group_of_errors.exceptions[0] from None

    async def in_turn(self) -> None:
        """Each call is given what the one before wrote."""
        previous = ""
        for place in range(len(self._states)):
            await self._write(place, previous)
            previous = self._states[place].text.strip()

    async def longest_alone(self) -> None:
        """With one seed, the calls for fewer tokens write how the last one begins: they are shown as its beginnings."""
        self._are_beginnings = True
        await self._write(len(self._states) - 1)

    async def _write(self, index: int, previous: str = "") -> None:
        call = self._states[index].call
        composition = call.composition(previous)
        is_completion = composition.is_completion
        tokens = await self._model.reader.aread_prompt(composition.messages, is_completion=is_completion)
        self._tell(index, prompt=composition.by_part(tokens))
        options = {**self._options, "max_tokens": call.max_tokens, "is_completion": is_completion}
        if composition.stop:
            options["stop"] = list(composition.stop)
        guarded = self._model.guard.begin(composition.orders)
        chain = build_chain(composition.prompt, self._model.model.bind(**options), "prompts", guarded)
        stream = PacedStream(chain, composition.variables, {})
        text = ""
        async with aclosing(stream.read()) as news:
            async for progress in news:
                text += progress.text
                self._tell(index, text=text, tokens=written_tokens(stream.recorder.logprobs), place=progress.place)
        written = written_tokens(stream.recorder.logprobs)
        kept = _within(written, text) if composition.stop else written
        ends = {"was_cut": stream.recorder.was_cut, "was_stopped": len(kept) < len(written)}
        self._tell(index, tokens=kept, place=None, is_done=True, **ends)

    def _tell(self, index: int, **changes: Any) -> None:
        self._states[index] = replace(self._states[index], **changes)
        if self._are_beginnings:
            self._states[:-1] = [_beginning(state.call, self._states[-1]) for state in self._states[:-1]]
        self.news.set()


def _within(tokens: tuple[WrittenToken, ...], text: str) -> tuple[WrittenToken, ...]:
    """Without those that only spell what a text was stopped by."""
    starts = accumulate((len(token.text) for token in tokens), initial=0)
    num_bytes = len(text.encode(errors="replace"))
    return tuple(token for token, start in zip(tokens, starts, strict=False) if start < num_bytes)


def _beginning(call: PromptCall, whole: CallState) -> CallState:
    """What a call for fewer tokens writes, as far as ``whole`` has come."""
    tokens = whole.tokens[: call.max_tokens]
    return CallState(
        call=call,
        prompt=whole.prompt,
        text=decoded(tokens),
        tokens=tokens,
        place=whole.place,
        is_done=whole.is_done or len(tokens) == call.max_tokens,
        was_cut=len(tokens) == call.max_tokens,
    )


def prompts_table(states: tuple[CallState, ...]) -> Table:
    """A row for each call."""
    return Table(
        tuple(
            {
                "number": state.call.number,
                "form": "chat" if state.call.is_chat else "text",
                "prompt": b"".join(text for part in state.prompt for text in part.texts).decode(errors="replace"),
                "prompt tokens": state.num_prompt,
                "text": state.text,
                "new tokens": len(state.tokens),
                "perplexity": state.perplexity,
                "ended by": state.end,
            }
            for state in states
        )
    )
