"""What a service tells of the tokens of its model's answer: bars of the first one's likeliest, and the answer."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from html import escape

from chains.run_record import Alternative, WrittenToken
from components.candidate_bars import NOTHING, share, stage_name
from components.glass_box import SCRIPT_WORDS
from components.local_text import LocalText
from components.next_token_view import shown_end
from components.replaced_whole import replaced_whole
from components.score_picture import signed
from components.token_text import shown_tokens, sign_text
from components.token_view import heat_map, mean_probability, perplexity, probability_scale
from models.remote.told_tokens import ToldChoice, ToldToken
from playground.cloud import CloudAnswer

AT_LEAST = "≥ "
NO_ID = "–"
RESTING = ("penalties", "top_k", "top_p", "min_p", "temp")  # stages that need what is not told
LEAST_REST = 0.00005  # below it, nothing is missing that a bar could show


def cloud_view(answer: CloudAnswer, text: LocalText) -> str:
    """``answer`` as HTML."""
    asked = text.html("app_cloud_answer_to", model=answer.model)
    return (
        f'<div class="pg-seen pg-cloud-seen"><p class="pg-before"><b>{asked}</b>'
        f' <span dir="auto">{shown_end(answer.text)}</span></p>{_figures(answer, text)}{_chain(text)}'
        f"{_bars(answer, text)}{_candidate_table(answer.candidates, text)}{_whole(answer.choices, text)}</div>"
    )


# --- the first token --------------------------------------------------------------------------------------------------


def _figures(answer: CloudAnswer, text: LocalText) -> str:
    bits = text.say("app_pg_bits", count=text.decimal(answer.least_bits, 2))
    figures = (
        ("app_cloud_told", "app_cloud_told_info", text.count(len(answer.candidates))),
        ("app_cloud_mass", "app_cloud_mass_info", share(answer.mass, text)),
        ("app_pg_entropy", "app_pg_entropy_info", AT_LEAST + bits),
        ("app_pg_effective", "app_pg_effective_info", AT_LEAST + text.decimal(answer.least_effective, 1)),
    )
    items = "".join(
        f'<div title="{text.html(info)}"><dt>{text.html(key)}</dt><dd>{escape(figure)}</dd></div>'
        for key, info, figure in figures
    )
    return f'<dl class="pg-figures">{items}</dl><p class="pg-note">{text.html("app_cloud_at_least")}</p>'


def _chain(text: LocalText) -> str:
    """The stages that the local model would go through; here all but the first rest."""
    resting = "".join(f"<li><span>{stage_name(name, text)}</span></li>" for name in RESTING)
    return (
        f'<ol class="pg-chain pg-resting" aria-label="{text.html("app_cloud_chain")}">'
        f'<li><span class="told">{stage_name("model", text)}</span></li>{resting}</ol>'
        f'<p class="pg-note">{text.html("app_cloud_resting")}</p>'
    )


def _bars(answer: CloudAnswer, text: LocalText) -> str:
    rest = 1 - answer.mass
    top = max(answer.candidates[0].probability, rest, 0.0001)
    rows = [
        _row(_name(token), token.probability, token == answer.choices[0].chosen, text) for token in answer.candidates
    ]
    if rest >= LEAST_REST:
        rows.append(_rest(rest, text))
    label = text.html("app_cloud_bars")
    return f'<ul class="pg-bars" style="--top:{top:.6g}" aria-label="{label}">{"".join(rows)}</ul>'


def _row(name: str, probability: float, is_written: bool, text: LocalText) -> str:
    said = f"<em>{text.html('app_cloud_written')}</em>" if is_written else ""
    return (
        f'<li><div class="pg-row pg-told{" chosen" if is_written else ""}" style="--m:{probability:.6g}">'
        f'<span class="pg-token" dir="auto">{escape(name)}</span>'
        f'<span class="pg-tracks" aria-hidden="true"><i class="pg-m"></i></span>'
        f'<span class="pg-model-share">{share(probability, text)}</span>'
        f'<span class="pg-after-share">{said}</span></div></li>'
    )


def _rest(probability: float, text: LocalText) -> str:
    return (
        f'<li><div class="pg-row pg-told cut" style="--m:{probability:.6g}">'
        f'<span class="pg-rest">{text.html("app_cloud_rest")}</span>'
        f'<span class="pg-tracks" aria-hidden="true"><i class="pg-m"></i></span>'
        f'<span class="pg-model-share">{share(probability, text)}</span><span class="pg-after-share"></span></div></li>'
    )


def _candidate_table(candidates: Sequence[ToldToken], text: LocalText) -> str:
    rows = (
        (_name(token), NO_ID if token.token_id is None else str(token.token_id), *_likelihood(token, text))
        for token in candidates
    )
    heads = (text.say("app_glass_token"), "id", *_likelihood_heads(text))
    return _table("cloud-candidates", text.html("app_cloud_table"), heads, rows)


# --- the answer -------------------------------------------------------------------------------------------------------


def _whole(choices: Sequence[ToldChoice], text: LocalText) -> str:
    """One token was seen above already."""
    if len(choices) < 2:
        return ""
    words = {name: text.say(key) for name, key in SCRIPT_WORDS.items()}
    heat = replaced_whole(
        f'class="glass-box" lang="{escape(text.language)}"'
        f' data-words="{escape(json.dumps(words, ensure_ascii=False))}"',
        _heat([_written(choice) for choice in choices], text),
    )
    shown = shown_tokens(choice.chosen.token_bytes for choice in choices)
    rows = (
        (sign_text(look.content, look.left_open) or NOTHING, str(place), *_likelihood(choice.chosen, text))
        for place, (choice, look) in enumerate(zip(choices, shown, strict=True), start=1)
    )
    heads = (text.say("app_glass_token"), text.say("app_tokens_place"), *_likelihood_heads(text))
    table = _table("cloud-answer", text.html("app_cloud_answer_table"), heads, rows)
    return f"<section><h3>{text.html('app_cloud_answer')}</h3>{heat}{table}</section>"


def _heat(answer: Sequence[WrittenToken], text: LocalText) -> str:
    mean, choices = text.percent(mean_probability(answer)), text.decimal(perplexity(answer), 1)
    figures = text.html("app_glass_mean", mean=mean, perplexity=choices)
    meaning = text.html("app_glass_mean_meaning", mean=mean, perplexity=choices)
    tokens = heat_map(answer, text, "app_cloud_no_branch", can_branch=False)
    hint = text.html("app_cloud_answer_hint")
    return f'<p title="{meaning}">{figures}</p>{probability_scale(text)}{tokens}<p class="gb-note">{hint}</p>'


def _written(choice: ToldChoice) -> WrittenToken:
    """Nothing goes on from a token, so that its id is of no use."""
    chosen = choice.chosen
    others = tuple(
        Alternative(id=None, text=token.token_bytes, probability=token.probability) for token in choice.candidates
    )
    return WrittenToken(id=None, text=chosen.token_bytes, probability=chosen.probability, others=others)


# --- both -------------------------------------------------------------------------------------------------------------


def _name(token: ToldToken) -> str:
    return sign_text(token.token_bytes) or NOTHING


def _likelihood_heads(text: LocalText) -> tuple[str, str]:
    return text.say("app_score_log"), text.say("app_score_probability")


def _likelihood(token: ToldToken, text: LocalText) -> tuple[str, str]:
    return signed(token.log_probability, 2, text), share(math.exp(token.log_probability), text)


def _table(name: str, title: str, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """``title`` is escaped, cells are not."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row)}</tr>'
        for first, *row in rows
    )
    return (
        f'<details class="pg-table" data-fold="{name}"><summary>{title}</summary><div class="pg-scroll" tabindex="0">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )
