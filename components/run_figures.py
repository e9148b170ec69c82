"""What one run of a model cost and how it was set, as a definition list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, NamedTuple

from chains.run_record import MissedModel, RunRecord
from components.local_text import LocalText
from errors import (
    EngineBusy,
    EngineDied,
    EngineUnavailable,
    ModelFaulty,
    ModelQuotaSpent,
    ModelUnreachable,
    PromptTooLong,
)

ENDINGS = {
    "stop": "app_glass_end_stop",
    "end_turn": "app_glass_end_stop",
    "length": "app_glass_end_length",
    "max_tokens": "app_glass_end_length",
    "tool_calls": "app_glass_end_tool_calls",
    "cancelled": "app_glass_end_cancelled",
    "content_filter": "app_glass_end_filter",
    "safety": "app_glass_end_filter",
}
WHY_MISSED = {
    ModelQuotaSpent.key: "app_missed_quota",
    ModelUnreachable.key: "app_missed_unreachable",
    ModelFaulty.key: "app_missed_faulty",
    EngineBusy.key: "app_missed_busy",
    EngineDied.key: "app_missed_died",
    EngineUnavailable.key: "app_missed_unavailable",
    PromptTooLong.key: "app_missed_too_long",
}


class _Figure(NamedTuple):
    """Keys of a figure's name and of what it means."""

    name: str
    hint: str = ""


FIGURES = {
    "model": _Figure("app_glass_model"),
    "missed": _Figure("app_glass_missed", "app_glass_missed_hint"),
    "hidden": _Figure("app_hidden_figure", "app_hidden_figure_hint"),
    "filters": _Figure("app_glass_filters", "app_glass_filters_hint"),
    "num_prompt": _Figure("app_glass_num_prompt", "app_glass_hint_num_prompt"),
    "num_output": _Figure("app_glass_num_output", "app_glass_hint_num_output"),
    "num_cached": _Figure("app_glass_num_cached", "app_glass_hint_num_cached"),
    "first_token": _Figure("app_glass_first_token", "app_glass_hint_first_token"),
    "rate": _Figure("app_glass_rate", "app_glass_hint_rate"),
    "ended": _Figure("app_glass_ended"),
    "seed": _Figure("app_glass_seed", "app_glass_hint_seed"),
}
OWN_FILTERS = {
    "key": "app_filter_key",
    "secret": "app_filter_secret",
    "system_prompt": "app_filter_system_prompt",
}
MAX_SETTING_CHARACTERS = 60


def run_figures(run: RunRecord, text: LocalText) -> str:
    """A list of what is known about ``run``; what its provider does not tell is left out."""
    rows = "".join(_row(FIGURES[name], value, text) for name, value in _known(run, text))
    settings = "".join(_settings(run.sampling, text, skipped={"seed"} if run.seed is not None else set()))
    title = f'<h4>{text.html("app_glass_sampling")}</h4><dl class="gb-settings">{settings}</dl>' if settings else ""
    return f'<dl class="gb-figures">{rows}</dl>{title}'


def speed(run: RunRecord, text: LocalText) -> str:
    """Tokens per second in words, empty when it is not known."""
    if run.tokens_per_second is None:
        return ""
    return text.say("app_speed", speed=text.decimal(run.tokens_per_second, 0 if run.tokens_per_second >= 100 else 1))


def _known(run: RunRecord, text: LocalText) -> Iterator[tuple[str, str]]:
    yield "model", escape(run.model)
    if run.missed:
        yield "missed", "".join(f"<p>{_missed(one, text)}</p>" for one in run.missed)
    if run.num_hidden is not None:
        yield "hidden", _hidden(run.num_hidden, text)
    if run.filters:
        yield "filters", ", ".join(escape(_filter(name, text)) for name in run.filters)
    yield from _tokens(run, text)
    if run.first_token_s is not None:
        yield "first_token", f"{text.decimal(run.first_token_s, 2)} s"
    if run.tokens_per_second is not None:
        yield "rate", escape(speed(run, text))
    if run.finish_reason:
        key = ENDINGS.get(run.finish_reason.lower())
        yield "ended", text.html(key) if key else escape(run.finish_reason)
    if run.seed is not None:
        yield "seed", str(run.seed)


def _tokens(run: RunRecord, text: LocalText) -> Iterator[tuple[str, str]]:
    if run.num_prompt is not None:
        yield "num_prompt", text.count(run.num_prompt)
    if run.num_output is not None:
        yield "num_output", text.count(run.num_output)
    if run.num_cached is not None:
        yield "num_cached", _cached(run.num_cached, run.num_prompt, text)


def _row(figure: _Figure, value: str, text: LocalText) -> str:
    title = f' title="{text.html(figure.hint)}"' if figure.hint else ""
    return f"<div{title}><dt>{text.html(figure.name)}</dt><dd>{value}</dd></div>"


def _hidden(num_hidden: int, text: LocalText) -> str:
    return text.html("app_hidden_values", count=text.count(num_hidden)) if num_hidden else text.html("app_hidden_none")


def _filter(name: str, text: LocalText) -> str:
    """Filters of the operator's own have the names that the file gives them."""
    return text.say(OWN_FILTERS[name]) if name in OWN_FILTERS else name


def _missed(one: MissedModel, text: LocalText) -> str:
    why = text.say(WHY_MISSED.get(one.error, "app_missed_other"))
    return text.html("app_glass_missed_one", model=one.model, why=why, seconds=text.decimal(one.seconds, 1))


def _cached(num_cached: int, num_prompt: int | None, text: LocalText) -> str:
    if not num_prompt:
        return text.count(num_cached)
    share = min(1.0, num_cached / num_prompt)
    bar = f'<svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect width="{share:.1%}"'
    return f'{text.count(num_cached)} <small>{text.percent(share)}</small>{bar} height="1"/></svg>'


def _settings(sampling: Mapping[str, Any], text: LocalText, skipped: set[str]) -> Iterator[str]:
    """By the names of the options themselves, which are the same in every language."""
    for name, value in sampling.items():
        if name in skipped or value is None or value in ("", (), [], {}):
            continue
        shown = _setting(value, text)
        cut = shown if len(shown) <= MAX_SETTING_CHARACTERS else shown[:MAX_SETTING_CHARACTERS] + "…"
        title = f' title="{escape(shown)}"' if cut != shown else ""
        yield f"<div><dt>{escape(str(name))}</dt><dd{title}>{escape(cut)}</dd></div>"


def _setting(value: Any, text: LocalText) -> str:
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int):
        return text.count(value)
    if isinstance(value, float):
        digits = len(f"{value:g}".partition(".")[2])
        return text.decimal(value, digits)
    return json.dumps(value, ensure_ascii=False, default=str)
