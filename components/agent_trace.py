"""The steps of an agent's answer as HTML: what it thought, called and was told, and the sources of what it said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from agents.options import Strategy
from agents.sources import Source
from agents.steps import AgentStep, ApprovalNeeded, LimitReached, Node, Thought
from components.agent_call_view import Turn, call_view, shown_seconds
from components.agent_calls import Called, Entry, State, calls, entries
from components.agent_diagram import Way, diagram
from components.agent_sources_view import sources_view
from components.catalogue import Catalogue
from components.local_text import LocalText
from components.shown_line import shown_line
from safety.shown_text import INVISIBLE
from safety.surrogates import without_surrogates
from storage.records import Message, Role

LIMITS = {"calls": "app_trace_limit_calls", "time": "app_trace_limit_time"}
CALLS = ("app_trace_no_calls", "app_trace_calls_one", "app_trace_calls")
FAILED = ("", "app_trace_num_failed_one", "app_trace_num_failed")
MAX_THOUGHT_CHARACTERS = 4_000


@dataclass(frozen=True)
class Traced:
    """What is known of one answer beside its text.

    ``node`` is where the loop is, None once it is over; ``why`` is the key of the sentence that explains the strategy;
    ``cited`` are the numbers of the sources that the text names; ``labels`` are names for people of tools that the
    catalogue does not know. ``is_open`` says whether the steps are seen at first: those of the last answer.
    """

    message_id: str
    steps: Sequence[AgentStep] = ()
    sources: Sequence[Source] = ()
    strategy: Strategy = Strategy.NATIVE
    why: str = ""
    node: Node | None = None
    waiting: ApprovalNeeded | None = None
    is_live: bool = False
    is_open: bool = True
    seconds: float | None = None
    cited: Sequence[int] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


def trace_view(answer: Traced, catalogue: Catalogue, language: str) -> str:
    """The trace of one answer; ``assets/agent.js`` puts its parts above and below the answer's text."""
    return without_surrogates(_Trace(answer, LocalText(catalogue, language)).html())


def trace_views(messages: Sequence[Message], traced: Mapping[str, Traced], catalogue: Catalogue, language: str) -> str:
    """What belongs into ``#agent-traces``: one element for each answer of ``messages``, in their order.

    ``messages`` are those that are shown (``AgentView.seen``): the script counts on their order. While an answer
    grows, ``#agent-live`` may hold ``trace_view`` of that one alone; it is taken before the other.
    """
    return "".join(
        trace_view(traced[message.id], catalogue, language) if message.id in traced else _element(message.id, "")
        for message in messages
        if message.role is Role.ASSISTANT
    )


def _element(message_id: str, inside: str) -> str:
    return f'<div class="agent-trace" data-message="{escape(message_id)}" data-bridge="agent">{inside}</div>'


class _Trace:
    """Parts with ``data-key`` are kept in the page for as long as they stay the same."""

    def __init__(self, answer: Traced, text: LocalText) -> None:
        self._answer = answer
        self._text = text
        self._entries = entries(answer.steps)
        self._calls = calls(self._entries)
        is_react = answer.strategy is Strategy.REACT
        self._turn = Turn(text, answer.is_live, answer.waiting, is_react, answer.labels)

    def html(self) -> str:
        return _element(self._answer.message_id, self._above() + self._below())

    def _above(self) -> str:
        is_open = " open" if self._answer.is_open else ""
        return (
            f'<section class="tr-above" data-keyed aria-label="{self._text.html("app_trace_title")}">'
            f'<details class="tr-fold" data-key="fold" data-fold="fold" data-keyed{is_open}>'
            f'<summary data-key="summary">{self._summary()}</summary>'
            f'<div class="tr-plan" data-key="plan">{self._plan()}</div>'
            f'<ol class="tr-steps" data-key="steps" data-keyed>{self._steps()}</ol></details></section>'
        )

    def _below(self) -> str:
        sources = sources_view(self._answer.sources, self._answer.cited, self._text, is_live=self._answer.is_live)
        name = self._text.html("app_trace_sources")
        return f'<section class="tr-below" data-keyed aria-label="{name}">{sources}</section>' if sources else ""

    def _summary(self) -> str:
        facts = [self._now()] if self._answer.is_live else self._totals()
        title = self._text.html("app_trace_title")
        return f'<b>{title}</b><span class="tr-gist">{" · ".join(facts)}</span>'

    def _now(self) -> str:
        """What happens at this moment."""
        for called in reversed(self._calls):
            state = called.state(self._answer.waiting, is_live=True)
            if state is State.WAITING:
                return self._text.html("app_trace_now_waiting")
            if state is State.RUNNING:
                return shown_line(self._text.say("app_trace_now_tool", tool=self._turn.tool(called.call.name)))
        is_writing = self._answer.node is Node.ANSWER
        return self._text.html("app_trace_now_answer" if is_writing else "app_trace_now_model")

    def _totals(self) -> list[str]:
        facts = [self._count(CALLS, len(self._calls))]
        num_failed = sum(called.state(None, is_live=False) is State.FAILED for called in self._calls)
        if num_failed:
            facts.append(self._count(FAILED, num_failed))
        if self._answer.seconds is not None:
            facts.append(shown_seconds(self._answer.seconds, self._text))
        return facts

    def _count(self, keys: Sequence[str], count: int) -> str:
        """``keys`` are of the sentences for none, one and several."""
        return self._text.html(keys[min(count, 2)], count=count)

    def _plan(self) -> str:
        """The loop as a picture, and how the model decides in it."""
        answer = self._answer
        is_stopped = any(called.result is None for called in self._calls)
        way = Way(
            node=answer.node if answer.is_live else None,
            num_calls=len(self._calls),
            has_result=any(called.result is not None for called in self._calls),
            is_answered=not answer.is_live and not is_stopped,
            is_straight=answer.strategy is Strategy.SEARCH_FIRST,
        )
        name = self._text.html(f"app_strategy_{answer.strategy}")
        is_known = answer.why in self._text.catalogue.sentences[self._text.language]
        why = f" {self._text.html(answer.why)}" if is_known else ""
        return f'{diagram(way, self._text)}<p class="tr-strategy"><b>{name}.</b>{why}</p>'

    def _steps(self) -> str:
        return "".join(self._step(place, entry) for place, entry in enumerate(self._entries))

    def _step(self, place: int, entry: Entry) -> str:
        match entry:
            case Called():
                return call_view(entry, place, self._turn)
            case Thought():
                return self._thought(place, entry)
            case LimitReached():
                reason = self._text.html(LIMITS.get(entry.kind, LIMITS["calls"]))
                return f'<li class="tr-step tr-limit" data-key="{place}"><p>{reason}</p></li>'

    def _thought(self, place: int, thought: Thought) -> str:
        name = self._text.html("app_trace_thought")
        kind = "tr-label" if self._turn.is_react else "tr-unseen"
        shown = escape(INVISIBLE.sub("", thought.text).strip()[:MAX_THOUGHT_CHARACTERS])
        return (
            f'<li class="tr-step tr-thought" data-key="{place}"><p dir="auto">'
            f'<span class="{kind}">{name} </span>{shown}</p></li>'
        )
