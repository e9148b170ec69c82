"""What the model made of each prompt, side by side, or one below the other where each is given what came before."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from chains.run_record import WrittenToken
from components.local_text import LocalText
from components.prompt_view import prompt_view
from components.token_box import token_box
from components.token_text import ShownToken, shown_tokens, titled_html
from playground.panel_options import PromptsOptions
from playground.prompt_lab import CallState

CONTINUED = ("forms", "lengths")  # here the text that is gone on with stands before what is new


def prompts_view(
    states: Sequence[CallState], options: PromptsOptions, text: LocalText, *, is_whole: bool = True
) -> str:
    """The calls as they stand; only once all have ended (``is_whole``) can their prompts be looked into."""
    kind = {"chain": "pm-chain", "lengths": "pm-rows"}.get(options.compare, "pm-columns")
    calls = "".join(_call(state, options, text, is_whole=is_whole) for state in states)
    hint = f'<p class="pg-note">{text.html(f"app_prompts_hint_{options.compare}")}</p>'
    if not is_whole:
        return f'<div class="pm-seen">{hint}<div class="{kind}">{calls}</div></div>'
    inside = f'{hint}<div class="{kind}">{calls}</div>{_table(states, options, text)}'
    return token_box("pm-seen", inside, text)


def call_title(state: CallState, options: PromptsOptions, text: LocalText) -> str:
    """What tells a call from the others, as text."""
    number = state.call.number
    if options.compare == "shots":
        return text.say(f"app_prompts_shot_{('zero', 'one')[number] if number < 2 else 'few'}", count=number)
    if options.compare == "forms":
        return text.say("app_pg_mode_chat" if state.call.is_chat else "app_pg_mode_text")
    if options.compare == "lengths":
        return text.say("app_prompts_one_token" if number == 1 else "app_prompts_tokens", count=number)
    return text.say("app_prompts_call" if options.compare == "chain" else "app_prompts_template", number=number)


def _call(state: CallState, options: PromptsOptions, text: LocalText, *, is_whole: bool) -> str:
    is_told_before = options.compare == "lengths" and state.call.number > 1  # one prompt for all of them
    asked = _asked(state, options, text) if is_whole and not is_told_before else ""
    return (
        f'<section class="pm-call"><h3>{escape(call_title(state, options, text))}</h3>'
        f"{_answer(state, options, text)}{_figures(state, options, text)}{asked}</section>"
    )


def _answer(state: CallState, options: PromptsOptions, text: LocalText) -> str:
    """Characters without a shape are spelled out; nothing of it is markup."""
    before = ""
    if options.compare in CONTINUED and not state.call.is_chat and state.prompt:
        before = f'<span class="pm-before">{_shown(state.call.question)}</span>'
    if state.is_done and not state.text:
        return f'<p class="pm-text">{before} <em>{text.html("app_prompts_nothing")}</em></p>'
    if options.compare == "lengths":
        pairs = zip(state.tokens, shown_tokens(token.text for token in state.tokens), strict=True)
        written = "".join(_token(token, look, text) for token, look in pairs)
        label = text.html("app_tokens_label")
        return f'<div class="gb-prompt pm-text" role="group" aria-label="{label}">{before}{written}</div>'
    written = _shown(state.text)
    return f'<p class="pm-text" dir="auto">{before}{f"<b>{written}</b>" if before else written}</p>'


def _shown(text: str) -> str:
    (whole,) = shown_tokens([text.encode(errors="replace")])
    return whole.html


def _token(token: WrittenToken, look: ShownToken, text: LocalText) -> str:
    return titled_html(look, f"id {token.id} · p = {text.percent(token.probability, 2)}")


def _figures(state: CallState, options: PromptsOptions, text: LocalText) -> str:
    """How far the call has come."""
    if not state.is_done:
        return f'<p class="pg-note pm-state">{_progress(state, text)}</p>'
    said = [
        text.html("app_prompts_one_token" if len(state.tokens) == 1 else "app_prompts_tokens", count=len(state.tokens))
    ]
    if state.perplexity is not None:
        said.append(text.html("app_prompts_perplexity", perplexity=text.decimal(state.perplexity, 1)))
    if options.compare != "lengths" or not state.was_cut:
        said.append(text.html(f"app_prompts_end_{state.end}"))
    return f'<p class="pg-note pm-state">{" · ".join(said)}</p>'


def _progress(state: CallState, text: LocalText) -> str:
    if state.place is not None:
        return text.html("app_prompts_queued", place=state.place.place)
    return text.html("app_prompts_writing" if state.prompt else "app_prompts_later")


def _asked(state: CallState, options: PromptsOptions, text: LocalText) -> str:
    """The prompt as it was sent, with the marks of the chat template."""
    is_open = " open" if options.compare == "forms" else ""
    summary = text.html("app_prompts_sent", count=text.count(state.num_prompt))
    return (
        f'<details class="tx-more" data-fold="prompts-{options.compare}-{state.call.number}"{is_open}>'
        f"<summary>{summary}</summary>{prompt_view(state.prompt, text)}</details>"
    )


def _table(states: Sequence[CallState], options: PromptsOptions, text: LocalText) -> str:
    keys = ("app_prompts_prompt", "app_prompts_in", "app_prompts_out", "app_score_perplexity", "app_prompts_end")
    head = "".join(f'<th scope="col">{text.html(key)}</th>' for key in keys)
    rows = []
    for state in states:
        perplexity = "–" if state.perplexity is None else text.decimal(state.perplexity, 2)
        counts = (text.count(state.num_prompt), text.count(len(state.tokens)))
        cells = "".join(
            f"<td>{escape(cell)}</td>" for cell in (*counts, perplexity, text.say(f"app_prompts_end_{state.end}"))
        )
        rows.append(f'<tr><th scope="row">{escape(call_title(state, options, text))}</th>{cells}</tr>')
    return (
        f'<details class="tx-more" data-fold="prompts-table"><summary>{text.html("app_prompts_table")}</summary>'
        f'<div class="tx-scroll"><table class="tx-table pm-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></details>"
    )
