"""Writes one answer: the calls of the model behind it, how it grows meanwhile, and the record of each."""

from __future__ import annotations

import codecs
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass

from chains.composition import Composition
from chains.factory import build_chain
from chains.options import ConversationOptions
from chains.recorder import QueuePlace, RunRecorder
from chains.room_model import RoomModel
from chains.run_record import ANSWERED_BY, Part, PromptTokens, RunRecord, WrittenToken, missed_in, written_tokens
from chains.streaming import PacedStream
from models.prompt_reading import PromptToken


@dataclass(frozen=True)
class Call:
    """One call of the model. ``begun`` is the beginning of its answer as tokens, or ``begun_text`` as text.

    ``tokens`` are those of the prompt, ``begun_text`` among them; ``options`` are settled. ``grammar`` is GBNF that
    the answer must follow, for models that take one.
    """

    composition: Composition
    tokens: tuple[PromptToken, ...]
    options: ConversationOptions
    owner: str
    step: str = ""
    begun: tuple[WrittenToken, ...] = ()
    begun_text: str = ""
    grammar: str = ""


@dataclass(frozen=True)
class Growth:
    """``text`` of the answer so far, its beginning included; ``place`` in the model's queue while nothing is new."""

    text: str
    place: QueuePlace | None = None


class AnswerCall:
    """Runs ``call`` once; afterwards, or when it was left early, ``record`` tells what happened."""

    def __init__(self, room_model: RoomModel, call: Call) -> None:
        self._call = call
        self._room_model = room_model
        self._orders = call.composition.orders
        self._guarded = room_model.guard.begin(self._orders)
        self._beginning = self._guarded.feed(self._begun)  # what of it is held back comes with the rest
        self._stream = self._open()

    async def grow(self) -> AsyncGenerator[Growth, None]:
        """The answer so far, again and again. Raises what the model raises; closing it stops the model."""
        growth = Growth(self._beginning)
        async with aclosing(self._stream.read()) as news:
            async for progress in news:
                growth = Growth(growth.text + progress.text, progress.place)
                yield growth

    @property
    def was_cut(self) -> bool:
        return self._recorder.was_cut

    @property
    def num_written(self) -> int:
        """Tokens that came by now; 0 where a model does not tell them."""
        return len(self._recorder.logprobs)

    @property
    def text(self) -> str:
        """All that came by now, perhaps more than ``grow`` has told yet."""
        return self._whole[0]

    @property
    def _whole(self) -> tuple[str, tuple[str, ...]]:
        """The text, and what the guard found in it."""
        return self._room_model.guard.whole(self._begun + self._recorder.text, self._orders)

    @property
    def _begun(self) -> str:
        return self._call.begun_text + decoded(self._call.begun)

    @property
    def record(self) -> RunRecord:
        """What is known of the run by now; not its tokens where something is hidden, for they would tell it."""
        filters = self._whole[1]
        written = written_tokens(self._recorder.logprobs)
        prompt = self._call.composition.by_part(self._call.tokens)
        begun = self._call.begun
        if begun and not filters:
            ids = tuple(token.id for token in begun if token.id is not None)
            prompt += (PromptTokens(part=Part.ANSWER, ids=ids, texts=tuple(token.text for token in begun)),)
        first = self._recorder.begun or {}
        record = RunRecord(
            model=first.get(ANSWERED_BY, self._room_model.name),
            step=self._call.step,
            sampling=self._call.options.sampling.chosen(),
            num_output=len(written) or None,
            num_prompt=len(self._call.tokens) + len(begun),
            prompt=prompt,
            answer=() if filters else begun + written,
            filters=filters,
            missed=missed_in(first),
            times=self._recorder.times,
        )
        return record.told_by(self._recorder.message) if self._recorder.message else record

    @property
    def _recorder(self) -> RunRecorder:
        return self._stream.recorder

    def _open(self) -> PacedStream:
        call = self._call
        options = self._room_model.call_options(call.owner, call.options)
        if call.composition.stop:
            options["stop"] = [*options.get("stop", ()), *call.composition.stop]
        if call.composition.is_completion:
            options["is_completion"] = True
        if call.begun_text:
            options["prefill"] = call.begun_text
        if call.grammar:
            options["grammar"] = call.grammar
        if call.begun:
            options["prefill_ids"] = tuple(token.id for token in call.begun)
        chain = build_chain(call.composition.prompt, self._room_model.model.bind(**options), "chat", self._guarded)
        return PacedStream(chain, call.composition.variables, {})


def decoded(tokens: Iterable[WrittenToken], *, is_final: bool = False) -> str:
    """The text that ``tokens`` spell; half a character at the end is left out, or U+FFFD when nothing follows."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    return decoder.decode(b"".join(token.text for token in tokens), is_final)
