"""How one answer from documents is written, in each mode."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

from chains.answering import AnswerCall, Call
from chains.memory import Fitted
from chains.options import SamplingChoice
from chains.prompts import SYSTEM_PROMPTS
from rag.answer_desk import AnswerDesk, DocumentAnswer, Growing
from rag.citations import Citer
from rag.document_record import DocumentRecord
from rag.modes import Mode
from rag.passage_prompt import Asking, Given, fit_passages, numbered_passages
from rag.prompts import ANSWER_SYSTEM, NOT_FOUND, QUOTE_SYSTEM
from rag.question_search import QuestionSearch
from rag.quotes import best_quotes, nearest_quotes, quotable, quote_grammar, quoted
from rag.side_by_side import side_by_side
from storage.document_records import Passage
from storage.records import MessageStatus, Step

WITHOUT = "without"  # the step of the answer that is written without retrieval
NO_CHANCE = SamplingChoice(temperature=0.0, top_p=1.0, top_k=0, min_p=0.0, repeat_penalty=1.0)


class DocumentAnswering:
    """Answers once what is on ``desk``; ``earlier`` is the record of the answer before it."""

    def __init__(self, desk: AnswerDesk, earlier: DocumentRecord | None) -> None:
        self._desk = desk
        self._earlier = earlier

    async def grow(self) -> Growing:
        """The answer so far, again and again; its writing then knows how it ended. Raises what the model raises."""
        desk, mode = self._desk, self._desk.findings.mode
        yield desk.now("condensing" if desk.turns and mode is not Mode.NONE else "searching")
        if mode is not Mode.NONE:
            async with aclosing(QuestionSearch(desk).grow()) as steps:
                async for answer in steps:
                    yield answer
            if not desk.found and mode is not Mode.COMPARE:
                desk.say(NOT_FOUND[desk.language])
        ways = {Mode.QUOTE: self._quote, Mode.COMPARE: self._compare, Mode.NONE: self._without_retrieval}
        async with aclosing(ways.get(mode, self._with_retrieval)()) as answers:
            async for answer in answers:
                yield answer

    # --- modes -------------------------------------------------------------------------------------------------------

    async def _with_retrieval(self) -> Growing:
        if self._desk.found:
            async for answer in self._written(await self._fit(ANSWER_SYSTEM[self._desk.language])):
                yield answer

    async def _without_retrieval(self) -> Growing:
        async for answer in self._written(await self._plain()):
            yield answer

    async def _quote(self) -> Growing:
        desk, findings = self._desk, self._desk.findings
        if not desk.found:
            return
        fitted = await self._fit(QUOTE_SYSTEM[desk.language])
        findings.quotes = quotable(findings.given.passages) if findings.given else ()
        if not findings.quotes:
            desk.say(NOT_FOUND[desk.language])
            return
        has_grammar = desk.room_model.takes_grammar
        choose = nearest_quotes if has_grammar else best_quotes
        embedder = await desk.available(desk.sources.sentence_embedder, "no_embedder")
        best = await asyncio.to_thread(choose, desk.question, desk.language, findings.quotes, embedder)
        if has_grammar:
            async for answer in self._written(fitted, quote_grammar(best)):
                yield answer
        else:
            findings.notes.append("no_grammar")
            desk.say(quoted(best))

    async def _compare(self) -> Growing:
        """Both at the same time; where nothing was found, that stands as the answer beside the other."""
        desk, main = self._desk, None
        beside = desk.writing.beside(self._call(await self._plain(), WITHOUT))
        streams = [beside.grow()]
        if desk.found:
            main = desk.writing.calling(self._call(await self._fit(ANSWER_SYSTEM[desk.language])))
            streams.append(main.grow())
        else:
            desk.writing.put(NOT_FOUND[desk.language])
        async with aclosing(side_by_side(*streams)) as both:
            async for number, growth in both:
                if number == 0:
                    desk.findings.without = growth.text
                    desk.writing.answer = replace(desk.writing.answer, steps=(Step(WITHOUT, growth.text),))
                else:
                    desk.writing.put(growth.text)
                yield replace(await self._cited(), place=growth.place)
        desk.writing.finish(MessageStatus.CUT if main and main.was_cut else MessageStatus.COMPLETE)

    # --- one call ----------------------------------------------------------------------------------------------------

    async def _written(self, fitted: Fitted, grammar: str = "") -> Growing:
        writing = self._desk.writing
        writing.answer = replace(writing.answer, num_left_out=fitted.num_left_out)
        run = writing.calling(self._call(fitted, grammar=grammar))
        yield self._desk.now("writing")
        async with aclosing(run.grow()) as growths:
            async for growth in growths:
                writing.put(growth.text)
                yield replace(await self._cited(), place=growth.place)
        writing.finish(MessageStatus.CUT if run.was_cut else MessageStatus.COMPLETE)

    def _call(self, fitted: Fitted, step: str = "", grammar: str = "") -> AnswerCall:
        desk, options = self._desk, self._desk.options
        if grammar:
            chosen = NO_CHANCE.model_copy(update={"max_tokens": options.sampling.max_tokens})
            options = options.model_copy(update={"sampling": chosen})
        call = Call(fitted.composition, fitted.tokens, options, desk.where.owner, step, grammar=grammar)
        return AnswerCall(desk.room_model, call)

    async def _cited(self) -> DocumentAnswer:
        desk = self._desk
        citations = await asyncio.to_thread(desk.findings.citations, desk.writing.answer.text, is_whole=False)
        return replace(desk.now("writing"), citations=citations)

    # --- prompts -----------------------------------------------------------------------------------------------------

    async def _plain(self) -> Fitted:
        """The prompt without retrieval."""
        asking = self._asking(SYSTEM_PROMPTS[self._desk.language])
        fitted, _ = await fit_passages(asking, Given((), (), {}), self._desk.within(self._desk.options))
        return fitted

    async def _fit(self, system: str) -> Fitted:
        """The prompt with what was found, as far as it fits; the findings then know what was given."""
        desk, findings = self._desk, self._desk.findings
        earlier = await asyncio.to_thread(self._earlier_passages)
        given = numbered_passages(desk.found, earlier, findings.numbered)
        fitted, findings.given = await fit_passages(self._asking(system), given, desk.within(desk.options))
        embedder = await desk.available(desk.sources.sentence_embedder, "no_embedder")
        findings.citer = Citer(findings.given.passages, embedder)
        return fitted

    def _asking(self, system: str) -> Asking:
        return Asking(system, self._desk.turns, self._desk.question, self._desk.language, self._desk.options)

    def _earlier_passages(self) -> tuple[Passage, ...]:
        """Those given for the question before, as far as they may be asked now and are still there."""
        where, earlier = self._desk.where, self._earlier
        if earlier is None or earlier.collection_id != where.collection_id:
            return ()
        wanted = where.document_ids
        ids = [one.passage_id for one in earlier.passages if not wanted or one.document_id in wanted]
        return self._desk.sources.passages.by_ids(where.owner, ids)
