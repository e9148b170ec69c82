"""Search, read, answer: code decides, so that a model too small to choose tools answers with what was found."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGenerationChunk

from agents.model_calls import as_part
from agents.prompts import AGE_TOLD, LOOKED_UP, NOT_CALCULATED, NOTHING_FOUND, QUOTE_RULES, SEARCH_FAILED
from agents.source_book import MARK
from agents.strategies.found_sentences import FoundSentence
from agents.strategies.search_plan import CALCULATE, TELL_DATE, SearchPlan
from agents.strategies.spoken_dates import today_told, years_in
from agents.strategies.strategy_model import StrategyModel
from agents.strategies.turn_reading import call_chunk, done_in, functions_in, question_before, text_chunk
from chains.run_record import Part
from models.choice_grammar import begun_choice_grammar

ANSWER, QUOTE = "answer", "quote"  # names of the calls in their records
MAX_CHOICES = 4  # sentences put before the model
MAX_ADDED = 2  # by the model, to the best of them
NEAR_BEST = 0.8  # of the best sentence's score: what is worse is not put before the model
BETWEEN = " "
CERTAIN = {"temperature": 0.0, "repeat_penalty": 1.0, "presence_penalty": 0.0, "frequency_penalty": 0.0}


class SearchFirstModel(StrategyModel):
    """``question`` is this turn's, in ``language``. ``is_small``: the model answers with sentences that were found,
    word for word, instead of its own; it must take a grammar."""

    question: str
    language: str
    is_small: bool

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        before = question_before(messages)
        plan = SearchPlan(self.question, before, self.language, functions_in(kwargs), done_in(messages))
        if (call := plan.next_call) is not None:
            if call.because:
                yield text_chunk(call.because)
            yield call_chunk(call.name, call.arguments)
            return
        if (said := self._fixed(plan)) is not None:
            yield text_chunk(said)
            return
        written = self._quoted(plan) if self.is_small and plan.sentences else self._free(messages)
        async with aclosing(written) as chunks:
            async for chunk in chunks:
                yield chunk

    def _fixed(self, plan: SearchPlan) -> str | None:
        """The answer that no model is needed for."""
        if plan.is_settled:
            calculated, told = plan.result_of(CALCULATE), plan.result_of(TELL_DATE)
            if calculated is not None:
                return NOT_CALCULATED[self.language] if calculated.is_failed else _first_line(calculated.result)
            return today_told(_first_line(told.result), self.language) if told else None
        if plan.sentences or not plan.can_search:
            return None
        return (NOTHING_FOUND if plan.has_searched else SEARCH_FAILED)[self.language]

    async def _quoted(self, plan: SearchPlan) -> AsyncGenerator[ChatGenerationChunk, None]:
        """The best sentence that was found and those that the model adds; then what was worked out from it."""
        best = _choices(plan)
        prompt = _quote_prompt(self.question, best, self.language)
        async with aclosing(self.calls.stream(prompt, step=QUOTE, grammar=quote_grammar(best), **CERTAIN)) as pieces:
            async for piece in pieces:
                yield ChatGenerationChunk(message=piece)
        for line in self._worked_out(plan):
            yield text_chunk(f"\n\n{line}")

    def _worked_out(self, plan: SearchPlan) -> list[str]:
        if plan.operation is None:
            return []
        told, calculated = plan.result_of(TELL_DATE), plan.result_of(CALCULATE)
        years = years_in(told.result) if told and not told.is_failed else ""
        lines = [AGE_TOLD[self.language].format(years=years)] if years else []
        return [*lines, _first_line(calculated.result)] if calculated and not calculated.is_failed else lines

    async def _free(self, messages: Sequence[BaseMessage]) -> AsyncGenerator[ChatGenerationChunk, None]:
        prompt = [text for message in messages for text in _as_text(message, self.language)]
        async with aclosing(self.calls.stream(prompt, step=ANSWER)) as pieces:
            async for piece in pieces:
                yield ChatGenerationChunk(message=piece)


def _choices(plan: SearchPlan) -> Sequence[FoundSentence]:
    """Where a number was worked with, the sentence that it is from, and no other."""
    if plan.operation and plan.value:
        return [plan.value.sentence]
    chosen: list[FoundSentence] = []
    for one in plan.sentences:
        is_near = one.score >= NEAR_BEST * plan.sentences[0].score
        if is_near and not any(one.text in other.text or other.text in one.text for other in chosen):
            chosen.append(one)
    return chosen[:MAX_CHOICES]


def quote_grammar(best: Sequence[FoundSentence]) -> str:
    """GBNF of the first of ``best``, and what the model wants to add of the others.

    The first choice is none of a small model's: it takes what is likely to be written, not what answers.
    """
    first, *others = (one.cited for one in best)
    return begun_choice_grammar(first, others, MAX_ADDED, BETWEEN)


def _quote_prompt(question: str, best: Sequence[FoundSentence], language: str) -> list[BaseMessage]:
    lines = "\n".join(f"{MARK}{one.cited}" for one in best)
    looked_up = as_part(AIMessage(LOOKED_UP[language]), Part.CALLS)
    results = as_part(HumanMessage(lines), Part.RESULTS)
    return [SystemMessage(QUOTE_RULES[language]), HumanMessage(question), looked_up, results]


def _as_text(message: BaseMessage, language: str) -> list[BaseMessage]:
    """Calls and results in words: the model has called nothing, and some services refuse calls that are not theirs."""
    if isinstance(message, AIMessage) and message.tool_calls:
        return [as_part(AIMessage(LOOKED_UP[language]), Part.CALLS)]
    if isinstance(message, ToolMessage):
        return [as_part(HumanMessage(message.text), Part.RESULTS)]
    return [message]


def _first_line(text: str) -> str:
    return text.partition("\n")[0].strip()
