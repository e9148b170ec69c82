"""From a question to passages: made to stand alone, put into other words, searched, and in one mode read again."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import replace

from chains.answering import AnswerCall, Call
from chains.composition import Composition
from errors import PromptTooLong
from rag.answer_desk import AnswerDesk, Growing
from rag.modes import Mode
from rag.retrieval import NUM_RERANKED, Retrieved, Wordings, best_of, rank_fused, reranked, retrieve
from rag.rewriting import condense_prompt, other_queries, rewrite_prompt, rewriting_options, wordings


class QuestionSearch:
    """Run once, ``grow`` leaves what was found in the findings."""

    def __init__(self, desk: AnswerDesk) -> None:
        self._desk = desk
        self._written = ""
        self._wordings = Wordings((desk.question,))

    async def grow(self) -> Growing:
        """Tells how far it has come. Raises what the search or the model raises."""
        desk = self._desk
        async with aclosing(self._reworded()) as answers:
            async for answer in answers:
                yield answer
        yield desk.now("searching")
        began_at = time.time()
        async with aclosing(self._searched()) as answers:
            async for answer in answers:
                yield answer
        desk.findings.searched = (began_at, max(began_at, time.time()))

    async def _searched(self) -> Growing:
        desk = self._desk
        if desk.findings.mode is not Mode.ADVANCED:
            desk.findings.retrieved = await self._retrieved(desk.num_passages)
            return
        found = await self._retrieved(max(desk.num_passages, NUM_RERANKED))
        yield desk.now("reranking")
        reranker = await desk.available(desk.sources.reranker, "no_reranker")
        if reranker is not None:
            found = await asyncio.to_thread(reranked, found, reranker)
        desk.findings.retrieved = found.best(desk.num_passages)

    async def _retrieved(self, num: int) -> Retrieved:
        desk = self._desk
        fuse = rank_fused if desk.findings.mode is Mode.ADVANCED else best_of
        return await asyncio.to_thread(retrieve, desk.sources.searching, desk.where, self._wordings, num, fuse)

    async def _reworded(self) -> Growing:
        """Makes the question stand alone, and then finds other words for it."""
        desk = self._desk
        if desk.turns:
            async for answer in self._called(condense_prompt(desk.question, desk.turns, desk.language), "condense"):
                yield answer
            self._wordings, is_useful = wordings(self._written, desk.question, desk.turns)
            if not is_useful:
                desk.findings.notes.append("condense_fallback")
        if desk.findings.mode is Mode.ADVANCED:
            alone = self._wordings.decisive[0]
            async for answer in self._called(rewrite_prompt(alone, desk.language), "rewrite"):
                yield answer
            others = (*self._wordings.others, *other_queries(self._written, alone))
            self._wordings = replace(self._wordings, others=others)

    async def _called(self, composition: Composition, step: str) -> Growing:
        """A call that only prepares the search. Leaves its text in ``_written``, none where the prompt is too long."""
        desk = self._desk
        self._written = ""
        options = rewriting_options(desk.options)
        _, read = desk.within(options)
        try:
            tokens = await read(composition.messages, composition.is_completion)
            call = Call(composition, tokens, options, desk.where.owner, step)
            run = desk.writing.beside(AnswerCall(desk.room_model, call))
            async with aclosing(run.grow()) as growths:
                async for growth in growths:
                    self._written = growth.text
                    yield replace(desk.now("condensing"), place=growth.place)
        except PromptTooLong:
            desk.findings.notes.append(f"{step}_too_long")
