"""One call of a tool as a fold: what it was given, what came back, what went wrong, and whether it may be made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from agents.steps import ApprovalNeeded, Outcome, Retrying, ToolResult, Why
from components.agent_calls import Called, State
from components.agent_tools_view import tool_label
from components.local_text import LocalText
from components.shown_line import MAX_LINE_CHARACTERS, shown_line
from safety.shown_text import INVISIBLE

MAX_RESULT_CHARACTERS = 20_000
MAX_ARGUMENT_CHARACTERS = 4_000
MAX_VALUE_CHARACTERS = 120  # of what fills a sentence
FAILED = "error_tool_failed"
SHORTEST = 0.1  # seconds
LONG_CHARACTERS, LONG_LINES = 700, 10  # longer ones are cut until asked for, and can be searched
STATE_KEYS = {
    State.RUNNING: "app_trace_running",
    State.WAITING: "app_trace_waiting",
    State.DONE: "app_trace_done",
    State.FAILED: "app_trace_failed",
    State.REFUSED: "app_trace_refused",
    State.STOPPED: "app_trace_stopped",
}
ASKS = {
    Why.ASKED: "app_trace_ask",
    Why.NEW_WORDS: "app_trace_ask_words",
    Why.NEW_ADDRESS: "app_trace_ask_address",
}


@dataclass(frozen=True)
class Turn:
    """What is the same for all calls of a turn. ``is_react``: steps go by the names of Yao et al. (2022)."""

    text: LocalText
    is_live: bool
    waiting: ApprovalNeeded | None
    is_react: bool
    labels: Mapping[str, str] = field(default_factory=dict)

    def tool(self, name: str) -> str:
        """What people call it."""
        return tool_label(name, self.labels.get(name, ""), self.text.catalogue, self.text.language)


def call_view(called: Called, place: int, turn: Turn) -> str:
    """As one list entry, or as two where the observation is a step of its own."""
    return _CallView(called, place, turn).html()


class _CallView:
    def __init__(self, called: Called, place: int, turn: Turn) -> None:
        self._called = called
        self._place = place
        self._turn = turn
        self._text = turn.text
        self._state = called.state(turn.waiting, turn.is_live)
        self._tool = shown_line(turn.tool(called.call.name))

    def html(self) -> str:
        if not self._turn.is_react:
            return self._entry(self._state, str(self._place), self._head(""), self._arguments() + self._result())
        action = self._entry(self._state, str(self._place), self._head("app_trace_action"), self._arguments())
        return action + (self._observation(self._called.result) if self._called.result else "")

    def _entry(self, state: State, key: str, head: str, inside: str, *, is_call: bool = True) -> str:
        """A call that waits is open: who decides has to see all of it."""
        is_open = " open" if state is State.WAITING and is_call else ""
        below = self._retries() + self._error() + self._ask() if is_call else ""
        return (
            f'<li class="tr-step tr-call {state}" data-key="{key}"><details data-fold="{key}"{is_open}>'
            f'<summary>{head}</summary><div class="tr-in">{inside}</div></details>{below}</li>'
        )

    def _head(self, label: str) -> str:
        """``label`` is the key of the step's name, where steps have one."""
        name = f'<span class="tr-label">{self._text.html(label)}</span>' if label else ""
        first = next(iter(self._called.call.arguments.values()), "")
        gist = f'<span class="tr-gist" dir="auto">{_short(first)}</span>'
        return f'{name}<b dir="auto">{self._tool}</b>{gist}{self._how()}'

    def _how(self) -> str:
        """How it stands, and how long it took."""
        state = self._text.html(STATE_KEYS[self._state])
        result = self._called.result
        is_made = result is not None and self._state is not State.REFUSED
        seconds = shown_seconds(result.seconds, self._text) if result and is_made else ""
        if self._state is State.DONE:
            return f'<span class="tr-how"><span class="tr-unseen">{state} </span>{seconds}</span>'
        return f'<span class="tr-how">{" · ".join(part for part in (state, seconds) if part)}</span>'

    # --- inside the fold ---------------------------------------------------------------------------------------------

    def _arguments(self) -> str:
        title = self._text.html("app_trace_action_input" if self._turn.is_react else "app_trace_arguments")
        arguments = self._called.call.arguments
        rows = "".join(_argument(name, value) for name, value in arguments.items())
        shown = f"<dl>{rows}</dl>" if rows else f"<p>{self._text.html('app_trace_no_arguments')}</p>"
        return f'<div class="tr-arguments"><h4>{title}</h4>{shown}{self._tokens()}</div>'

    def _tokens(self) -> str:
        call = self._called.call
        if call.num_prompt is None or call.num_output is None:
            return ""
        read, written = self._text.count(call.num_prompt), self._text.count(call.num_output)
        return f'<p class="tr-small">{self._text.html("app_trace_tokens", read=read, written=written)}</p>'

    def _result(self) -> str:
        result = self._called.result
        if result is None:
            return ""
        key = "app_trace_result" if result.outcome is Outcome.DONE else "app_trace_told"
        return f"<h4>{self._text.html(key)}</h4>{self._result_text(result)}"

    def _observation(self, result: ToolResult) -> str:
        gist = f'<span class="tr-gist" dir="auto">{shown_line(result.text)}</span>'
        head = f'<span class="tr-label">{self._text.html("app_trace_observation")}</span>{gist}'
        inside = self._result_text(result)
        return self._entry(self._state, f"{self._place}-observation", head, inside, is_call=False)

    def _result_text(self, result: ToolResult) -> str:
        if not result.text.strip():
            return f"<p>{self._text.html('app_trace_nothing')}</p>"
        shown = _plain(result.text, MAX_RESULT_CHARACTERS)
        is_long = len(result.text) > LONG_CHARACTERS or result.text.count("\n") >= LONG_LINES
        name = self._text.html(
            "app_trace_result_of", tool=self._turn.tool(self._called.call.name)[:MAX_LINE_CHARACTERS]
        )
        if not is_long:
            return f'<div class="tr-result"><div class="tr-text" dir="auto">{shown}</div></div>'
        return (
            f'<div class="tr-result long">{self._find()}<div class="tr-text" role="region" aria-label="{name}" '
            f'tabindex="0" dir="auto">{shown}</div>{self._all(len(result.text))}</div>'
        )

    def _find(self) -> str:
        """The script puts a field into it: what browsers and their extensions do to fields would make it look new."""
        return f'<div class="tr-find" data-name="{self._text.html("app_trace_find")}"></div>'

    def _all(self, num_characters: int) -> str:
        more = self._text.html("app_trace_show_all", count=self._text.count(num_characters))
        less = self._text.html("app_trace_show_less")
        return f'<button type="button" class="tr-all" aria-expanded="false" data-other="{less}">{more}</button>'

    # --- below it ----------------------------------------------------------------------------------------------------

    def _retries(self) -> str:
        return "".join(
            f'<p class="tr-small tr-retry" dir="auto">{self._retry(step)}</p>' for step in self._called.retries
        )

    def _retry(self, step: Retrying) -> str:
        values = self._called.result.values if self._called.result else {}
        reason = self._sentence(step.error_key, values)
        return shown_line(self._text.say("app_trace_retry", attempt=step.attempt, reason=reason))

    def _error(self) -> str:
        result = self._called.result
        if result is None or result.outcome is Outcome.DONE:
            approval = self._called.approval
            is_allowed = approval is not None and self._state is not State.WAITING
            return f'<p class="tr-small">{self._text.html("app_trace_allowed")}</p>' if is_allowed and result else ""
        return f'<p class="tr-error" dir="auto">{shown_line(self._sentence(result.error_key, result.values))}</p>'

    def _sentence(self, key: str, values: Mapping[str, Any]) -> str:
        """Of an error; one that lacks a value, or that no catalogue knows, is told in general."""
        label = self._turn.tool(self._called.call.name)
        short = {name: str(value)[:MAX_VALUE_CHARACTERS] for name, value in values.items()}
        try:
            return self._text.say(
                key if key.startswith("error_") else FAILED, **{"service": label, **short, "tool": label}
            )
        except KeyError:
            return self._text.say(FAILED)

    def _ask(self) -> str:
        """The person decides; "always" is offered only where it was the person who wanted to be asked."""
        approval = self._turn.waiting
        if self._state is not State.WAITING or approval is None:
            return ""
        tool = self._turn.tool(self._called.call.name)
        question = shown_line(self._text.say(ASKS[approval.why], tool=tool))
        words = "".join(f'<li><q dir="auto">{shown_line(word)}</q></li>' for word in approval.words)
        buttons = self._button("approve", "app_trace_approve")
        if approval.why is Why.ASKED:
            buttons += self._button("always", "app_trace_always", "app_trace_always_hint")
        buttons += self._button("reject", "app_trace_reject")
        return (
            f'<div class="tr-ask" role="group" aria-label="{question}"><p role="alert" dir="auto">{question}</p>'
            f'{f"<ul>{words}</ul>" if words else ""}<div class="tr-buttons">{buttons}</div></div>'
        )

    def _button(self, act: str, key: str, hint: str = "") -> str:
        call = escape(self._called.call.id)
        tool = self._turn.tool(self._called.call.name)
        title = f' title="{shown_line(self._text.say(hint, tool=tool))}"' if hint else ""
        name = self._text.html(key)
        return f'<button type="button" class="tr-{act}" data-act="{act}" data-call="{call}"{title}>{name}</button>'


def shown_seconds(seconds: float, text: LocalText) -> str:
    """As HTML; what took no time to speak of says so."""
    return f"{text.decimal(seconds, 1)} s" if seconds >= SHORTEST else f"&lt; {text.decimal(SHORTEST, 1)} s"


def _plain(text: str, limit: int) -> str:
    """Spaces and lines stay as they are; the stylesheet shows them."""
    seen = INVISIBLE.sub("", text)
    return escape(seen if len(seen) <= limit else seen[:limit] + " …")


def _argument(name: str, value: Any) -> str:
    shown = _plain(_said(value), MAX_ARGUMENT_CHARACTERS)
    return f'<div><dt>{shown_line(name)}</dt><dd dir="auto">{shown}</dd></div>'


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _short(value: Any) -> str:
    return shown_line(_said(value)[:MAX_LINE_CHARACTERS])
