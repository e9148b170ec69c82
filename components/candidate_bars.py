"""Tokens that may come next as bars: what the model gives them, and what the stages of the chain leave of that."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from components.local_text import LocalText
from components.token_text import sign_text
from playground.views import NextTokenView, PathToken, ShownCandidate

NOTHING = "∅"  # a token without bytes
LEAST_SHOWN = 0.0001
SMALL = 0.01  # below it a share is written with one more digit
STAGES = ("model", "penalties", "top_k", "typical", "top_p", "min_p", "xtc", "temp", "greedy")  # those with words


@dataclass(frozen=True)
class Bars:
    """How the rows are: ``act`` is what pressing one does, ``kind`` the event that reports it.

    ``left_open`` is the beginning of a character that the text ends with. ``counts`` is how often each id was drawn
    of ``num_draws``.
    """

    act: str
    kind: str = "select"
    hint: str = "app_pg_choose"
    chosen: int | None = None
    left_open: bytes = b""
    num_draws: int = 0
    counts: Mapping[int, int] = field(default_factory=dict)


def candidate_bars(view: NextTokenView, bars: Bars, text: LocalText) -> str:
    """The candidates of ``view`` under their legend. The script shows another stage's bars from ``data-after``."""
    top = max((max(one.probability, *one.after) for one in view.candidates), default=1.0) or 1.0
    top = max(top, *(_drawn(one, bars) for one in view.candidates), LEAST_SHOWN)
    rows = "".join(_row(one, bars, text) for one in view.candidates)
    label = text.html("app_pg_bars_label")
    return f'{_legend(bars, text)}<ul class="pg-bars" style="--top:{top:.6g}" aria-label="{label}">{rows}</ul>'


def token_name(candidate: ShownCandidate | PathToken, left_open: bytes = b"") -> str:
    """Plain text on one line, with signs for blanks."""
    return sign_text(candidate.token_bytes, left_open) if candidate.token_bytes else NOTHING


def left_open_of(path: tuple[PathToken, ...]) -> bytes:
    """The beginning of a character that ``path`` ends with, empty where it ends with a whole one."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    decoder.decode(b"".join(token.token_bytes for token in path))
    return decoder.getstate()[0]


def stage_name(name: str, text: LocalText) -> str:
    """What people call a stage of the chain, escaped."""
    return text.html(f"app_pg_stage_{name}") if name in STAGES else escape(name)


def filled(text: LocalText, key: str, inside: str) -> str:
    """The sentence ``key``, escaped, with ``inside``, HTML, in the place of its one value."""
    return text.html(key, value="\0").replace("\0", inside)


def share(probability: float, text: LocalText) -> str:
    """A probability in percent; what is not nothing does not read as nothing."""
    if 0 < probability < LEAST_SHOWN:
        return f"< {text.percent(LEAST_SHOWN, 2)}"
    return text.percent(probability, 2 if 0 < probability < SMALL else 1)


def _legend(bars: Bars, text: LocalText) -> str:
    kinds = [("model", "app_pg_legend_model"), ("after", "app_pg_legend_after"), ("cut", "app_pg_legend_cut")]
    if bars.num_draws:
        kinds.append(("drawn", "app_pg_legend_drawn"))
    items = "".join(f'<li class="pg-{kind}"><i></i>{text.html(key)}</li>' for kind, key in kinds)
    return f'<ul class="pg-legend" aria-hidden="true">{items}</ul>'


def _row(candidate: ShownCandidate, bars: Bars, text: LocalText) -> str:
    model, after = candidate.probability, candidate.probability_after
    name = escape(token_name(candidate, bars.left_open))
    cut = ""
    end = f"<b>{share(after, text)}</b>"
    if candidate.cut_by is not None:
        reason = filled(text, "app_pg_cut_by", stage_name(candidate.cut_by, text))
        end, cut = f"<em>{reason}</em>", f' data-cut="{reason}"'
    elif candidate.is_at_risk:
        end += f" <em>{text.html('app_pg_at_risk')}</em>"
    is_chosen = candidate.token_id == bars.chosen
    looks = f"{' cut' if candidate.cut_by else ''}{' chosen' if is_chosen else ''}"
    known = escape(json.dumps([[round(one, 7), share(one, text)] for one in candidate.after], ensure_ascii=False))
    pressed = f' aria-pressed="{str(is_chosen).lower()}"' if bars.act == "choose" else ""
    drawn, style = _drawn(candidate, bars), f"--m:{model:.6g};--a:{after:.6g}"
    tick = f'<i class="pg-d" style="--d:{drawn:.6g}"></i>' if drawn or (bars.num_draws and after) else ""
    count = f"<small>{_count(candidate, bars, text)}</small>" if bars.num_draws else ""
    return (
        f'<li><button type="button" class="pg-row{looks}" style="{style}" data-act="{bars.act}"'
        f' data-kind="{bars.kind}" data-id="{candidate.token_id}" data-after="{known}"{cut}{pressed}'
        f' title="{text.html(bars.hint, token=token_name(candidate, bars.left_open))}">'
        f'<span class="pg-token" dir="auto">{name}</span>'
        f'<span class="pg-tracks" aria-hidden="true"><i class="pg-m"></i><i class="pg-a"></i>{tick}</span>'
        f'<span class="pg-model-share">{share(model, text)}</span>'
        f'<span class="pg-after-share">{end}{count}</span></button></li>'
    )


def _drawn(candidate: ShownCandidate, bars: Bars) -> float:
    return bars.counts.get(candidate.token_id, 0) / bars.num_draws if bars.num_draws else 0.0


def _count(candidate: ShownCandidate, bars: Bars, text: LocalText) -> str:
    return f"{text.count(bars.counts.get(candidate.token_id, 0))}×"
