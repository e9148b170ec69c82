"""The steps of an agent's answer as HTML: what it thought, called and was told, and the sources of what it said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agents.options import Strategy
from agents.sources import Source
from agents.steps import AgentStep, ApprovalNeeded, Node
from components.catalogue import Catalogue
from storage.records import Message


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
    return ""


def trace_views(messages: Sequence[Message], traced: Mapping[str, Traced], catalogue: Catalogue, language: str) -> str:
    """What belongs into ``#agent-traces``: one element for each answer of ``messages``, in their order.

    ``messages`` are those that are shown (``AgentView.seen``): the script counts on their order. While an answer
    grows, ``#agent-live`` may hold ``trace_view`` of that one alone; it is taken before the other.
    """
    return ""
