"""The glass box: what happened behind one answer, as HTML. ``assets/glass_box.css`` and ``.js`` go with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from chains.run_record import AnswerRecord, RunRecord
from components.catalogue import Catalogue
from components.local_text import LocalText
from components.prompt_view import prompt_view
from components.replaced_whole import replaced_whole
from components.run_figures import run_figures, speed
from components.token_view import mean_probability, token_view

SCRIPT_WORDS = {
    "model": "app_glass_by_model",
    "after": "app_glass_after_sampling",
    "cut": "app_glass_cut",
    "cutHint": "app_glass_cut_hint",
    "take": "app_glass_take",
    "hint": "app_glass_take_hint",
    "chosen": "app_glass_chosen",
    "instead": "app_glass_instead",
    "close": "app_help_close",
    "bytes": "app_glass_bytes",
    "piece": "app_glass_piece",
    "token": "app_glass_token",
}


@dataclass(frozen=True)
class _Fold:
    """One section; ``name`` is what the script remembers it by, so that it stays as a reader left it."""

    name: str
    title: str
    digest: str
    is_open: bool
    content: Callable[[RunRecord], str]


def glass_box(
    record: AnswerRecord, catalogue: Catalogue, language: str, message_id: str, *, can_branch: bool = True
) -> str:
    """Figures, prompt and tokens of every run behind the answer ``message_id``.

    With ``can_branch``, an answer can be gone on with from another token of it.
    """
    text = LocalText(catalogue, language)
    words = {name: text.say(key) for name, key in SCRIPT_WORDS.items()}
    folds = "".join(_fold(fold, record.runs, text) for fold in _folds(record, text, can_branch=can_branch))
    return replaced_whole(
        f'class="glass-box" lang="{escape(language)}" data-message="{escape(message_id)}"'
        f' data-words="{escape(json.dumps(words, ensure_ascii=False))}"',
        folds,
    )


def _folds(record: AnswerRecord, text: LocalText, *, can_branch: bool) -> Iterator[_Fold]:
    last = record.last

    def answer(run: RunRecord) -> str:
        why_not = "app_glass_earlier_step" if can_branch else "app_glass_only_again"
        return token_view(run.answer, text, can_branch=can_branch and run is last, why_not=why_not)

    digest = speed(last, text)
    yield _Fold("figures", text.say("app_glass_figures"), digest, True, lambda run: run_figures(run, text))
    digest = "" if last.num_prompt is None else text.say("app_glass_tokens", count=text.count(last.num_prompt))
    yield _Fold("prompt", text.say("app_glass_prompt"), digest, False, lambda run: prompt_view(run.prompt, text))
    digest = text.say("app_glass_sure", mean=text.percent(mean_probability(last.answer))) if last.answer else ""
    yield _Fold("answer", text.say("app_glass_answer"), digest, True, answer)


def _fold(fold: _Fold, runs: Sequence[RunRecord], text: LocalText) -> str:
    if len(runs) == 1:
        inside = fold.content(runs[0])
    else:
        inside = "".join(
            _details("gb-run", f"{fold.name}-{place}", run is runs[-1], f"<b>{_name(run, place, text)}</b>")
            + f"{fold.content(run)}</details>"
            for place, run in enumerate(runs, start=1)
        )
    title = f"<b>{escape(fold.title)}</b><span>{escape(fold.digest)}</span>"
    return f'{_details("gb-fold", fold.name, fold.is_open, title)}<div class="gb-in">{inside}</div></details>'


def _details(kind: str, name: str, is_open: bool, title: str) -> str:
    return f'<details class="{kind}" data-fold="{name}"{" open" if is_open else ""}><summary>{title}</summary>'


def _name(run: RunRecord, place: int, text: LocalText) -> str:
    return f"{place}. {escape(run.step)}" if run.step else text.html("app_glass_step", place=place)
