"""What each memory still sees, drawn: the turns as boxes, below them what fills the window, and the prompt itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from chains.options import MemoryKind
from components.context_meter import context_meter
from components.local_text import LocalText
from components.prompt_view import prompt_view
from components.replaced_whole import replaced_whole
from components.token_box import token_box
from playground.context import ContextView, Fate, ShownTurn, Sight
from storage.records import Role

MAX_CHARACTERS = 160  # of a message in the table
MAX_MARKED, MAX_SPACED = 20, 80  # boxes: more have no room for a sign in them, or between them
MARKS = {Fate.SEEN: "", Fate.SUMMED: "Σ", Fate.LEFT_OUT: "×"}


def context_view(view: ContextView, text: LocalText) -> str:
    """Every memory's sight of ``view``, and a table of its turns."""
    sights = "".join(_sight(view, sight, text) for sight in view.sights)
    plain = "" if view.is_chat else f'<p class="pg-note">{text.html("app_context_plain_text")}</p>'
    inside = f"{_sum(view, text)}{_legend(view, text)}{sights}{plain}{_table(view, text)}"
    return replaced_whole('class="pg-seen cx-seen"', inside)


def _sum(view: ContextView, text: LocalText) -> str:
    figures = {
        "needed": text.count(view.num_tokens),
        "answer": text.count(view.answer_tokens),
        "window": text.count(view.window_tokens),
        "excess": text.count(view.excess),
    }
    key = "app_context_too_much" if view.excess else "app_context_fits"
    return f'<p class="tx-verdict">{text.html(key, **figures)}</p>'


def _legend(view: ContextView, text: LocalText) -> str:
    if not view.turns:
        return f'<p class="pg-note">{text.html("app_context_nothing_before")}</p>'
    has_summary = any(sight.num_summarized for sight in view.sights)
    kinds = [fate for fate in Fate if has_summary or fate is not Fate.SUMMED]
    items = "".join(
        f'<li><i class="cx-{kind}">{MARKS[kind]}</i>{text.html(f"app_context_{kind}")}</li>' for kind in kinds
    )
    said = text.html("app_context_legend_turns" if view.is_chat else "app_context_legend_sentences")
    return f'<ul class="cx-legend">{items}</ul><p class="pg-note">{said}</p>'


# --- one memory -------------------------------------------------------------------------------------------------------


def _sight(view: ContextView, sight: Sight, text: LocalText) -> str:
    name, sentence = _name(view, sight, text), _sentence(view, sight, text)
    title = f"<h3>{escape(name)} <small>{text.html(f'app_context_kind_{sight.memory}')}</small></h3>"
    bar = _turns(view, sight, text.say("app_context_bar", name=name, sentence=sentence))
    return (
        f'<section class="cx-sight">{title}<p>{escape(sentence)}</p>{bar}{_window(view, sight, text)}'
        f"{_why(view, sight, text)}{_summary(sight, text)}{_prompt(sight, text)}</section>"
    )


def _name(view: ContextView, sight: Sight, text: LocalText) -> str:
    if sight.memory is not MemoryKind.WINDOW:
        return text.say(f"app_context_name_{sight.memory}")
    key = "app_context_name_window" if view.is_chat else "app_context_name_window_text"
    return text.say(key, count=text.count(view.window_turns))


def _sentence(view: ContextView, sight: Sight, text: LocalText) -> str:
    if sight.too_long is not None:
        return text.say("app_context_question_too_long", **sight.too_long.values)
    fates = [sight.fate(number) for number in range(len(view.turns))]
    counts = {
        "seen": text.count(fates.count(Fate.SEEN)),
        "summed": text.count(fates.count(Fate.SUMMED)),
        "out": text.count(fates.count(Fate.LEFT_OUT)),
        "all": text.count(len(fates)),
    }
    if Fate.SUMMED in fates:
        return text.say("app_context_sees_summed", **counts)
    return text.say("app_context_sees" if view.is_chat else "app_context_sees_text", **counts)


def _turns(view: ContextView, sight: Sight, said: str) -> str:
    """A box for each turn, each as wide as its share of all."""
    if not view.turns:
        return ""
    boxes = []
    for number, turn in enumerate(view.turns):
        fate = sight.fate(number)
        boxes.append(f'<i class="cx-{fate}" style="--tokens:{max(1, turn.num_tokens)}">{MARKS[fate]}</i>')
    dense = " tight" * (len(boxes) > MAX_MARKED) + " dense" * (len(boxes) > MAX_SPACED)
    return f'<div class="cx-turns{dense}" role="img" aria-label="{escape(said)}">{"".join(boxes)}</div>'


def _window(view: ContextView, sight: Sight, text: LocalText) -> str:
    """What fills the window; nothing where nothing is sent."""
    if sight.too_long is not None:
        return ""
    return context_meter(sight.parts, view.window_tokens, view.answer_tokens, 0, text.catalogue, text.language)


def _why(view: ContextView, sight: Sight, text: LocalText) -> str:
    """Where fewer turns are given than were to be."""
    num_wanted = min(view.window_turns, len(view.turns))
    is_short = sight.memory is MemoryKind.WINDOW and len(view.turns) - sight.first_seen < num_wanted
    return _note("app_context_not_all_fit", text) if is_short and sight.too_long is None else ""


def _summary(sight: Sight, text: LocalText) -> str:
    if sight.memory is not MemoryKind.SUMMARY or sight.too_long is not None:
        return ""
    if not sight.summary:
        return _note("app_context_no_summary" if sight.first_seen else "app_context_no_need", text)
    title = text.html("app_context_summary_text")
    shown = f'<p class="pg-note">{title}:</p><blockquote class="cx-summary">{escape(sight.summary)}</blockquote>'
    return shown + (_note("app_context_summary_stuck", text) if sight.num_summarized < sight.first_seen else "")


def _note(key: str, text: LocalText) -> str:
    return f'<p class="pg-note">{text.html(key)}</p>'


def _prompt(sight: Sight, text: LocalText) -> str:
    if not sight.prompt:
        return ""
    return (
        f'<details class="tx-more" data-fold="cx-{sight.memory}"><summary>{text.html("app_context_prompt")}</summary>'
        f"{token_box('cx-prompt', prompt_view(sight.prompt, text), text)}</details>"
    )


# --- the table --------------------------------------------------------------------------------------------------------


def _table(view: ContextView, text: LocalText) -> str:
    if not view.turns:
        return ""
    heads = (
        "app_context_turn" if view.is_chat else "app_context_sentence",
        "app_context_tokens",
        "app_context_seen_by",
    )
    head = "".join(f'<th scope="col">{text.html(key)}</th>' for key in heads)
    rows = "".join(
        f'<tr><td>{_said(number, turn, view, text)}</td><td class="cx-count">{text.count(turn.num_tokens)}</td>'
        f"<td>{escape(', '.join(seen_by(view.sights, number, text)) or text.say('app_context_nobody'))}</td></tr>"
        for number, turn in enumerate(view.turns)
    )
    title = text.html("app_context_table" if view.is_chat else "app_context_table_text")
    return (
        f'<details class="tx-more" data-fold="cx-table"><summary>{title}</summary>'
        f'<table class="cx-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></details>'
    )


def seen_by(sights: Sequence[Sight], number: int, text: LocalText) -> Iterator[str]:
    """The memories by which the model knows of a turn, those that keep it in a summary said so."""
    for sight in sights:
        name, fate = text.say(f"app_context_kind_{sight.memory}"), sight.fate(number)
        if fate is Fate.SEEN:
            yield name
        if fate is Fate.SUMMED:
            yield f"{name} ({text.say('app_context_shortened')})"


def _said(number: int, turn: ShownTurn, view: ContextView, text: LocalText) -> str:
    if not view.is_chat:
        return f"<b>{number + 1}</b> {_short(turn.messages[0][1])}"
    names = {Role.USER: text.html("app_context_you"), Role.ASSISTANT: text.html("app_context_model")}
    said = "<br>".join(f"<b>{names[role]}</b> {_short(message)}" for role, message in turn.messages)
    return f"<b>{number + 1}</b> · {said}"


def _short(message: str) -> str:
    shown = " ".join(message.split())
    return escape(shown if len(shown) <= MAX_CHARACTERS else f"{shown[:MAX_CHARACTERS].rstrip()}…")
