"""How passages were found: each with the score and rank of every way of searching, as HTML."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol

from components.catalogue import Catalogue
from components.local_text import LocalText
from components.replaced_whole import replaced_whole
from components.shown_line import shown_line
from rag.document_record import DocumentRecord, KeptPassage
from rag.modes import Mode
from rag.search import SearchReport

LEGS = {  # what each is called, and what it says
    "dense": ("app_leg_dense", "app_leg_dense_info"),
    "words": ("app_leg_words", "app_leg_words_info"),
    "grams": ("app_leg_grams", "app_leg_grams_info"),
}
NOTES = ("condense_fallback", "no_grammar", "no_reranker", "no_embedder")
SNIPPET = 180
FULL_WEIGHT, NO_WEIGHT = 0.95, 0.05


class _Leg(Protocol):
    @property
    def score(self) -> float: ...

    @property
    def rank(self) -> int: ...


@dataclass(frozen=True)
class Found:
    """What a search found, whether for an answer or only tried out. ``threshold`` is drawn after what reaches it.

    ``gone`` are the ids of documents that were deleted since: nothing of them is shown any more.
    """

    searched: Sequence[str]
    is_found: bool
    lexical_weight: float | None
    index: str
    num_searched: int
    seconds: float
    passages: Sequence[KeptPassage]
    threshold: float
    notes: Sequence[str] = ()
    mode: Mode | None = None
    message_id: str = ""
    gone: Collection[str] = ()


def found_for(record: DocumentRecord, threshold: float, message_id: str, there: Collection[str]) -> Found:
    """What was found for an answer. ``there`` are the ids of documents that are."""
    gone = {one.document_id for one in (*record.passages, *record.others)} - set(there)
    by_score = sorted((*record.passages, *record.others), key=lambda one: -one.score)
    return Found(
        record.searched, record.is_found, record.lexical_weight, record.index, record.num_searched,
        record.search_seconds, by_score, threshold, record.notes, record.mode, message_id, gone,
    )  # fmt: skip


def found_by(report: SearchReport, threshold: float) -> Found:
    """What a search found that no model was asked about."""
    passages = [KeptPassage.of(0, hit.passage, hit) for hit in report.hits]
    return Found(
        (report.question,), report.is_found, report.lexical_weight, report.index, report.num_passages,
        report.seconds, passages, threshold,
    )  # fmt: skip


def search_empty(catalogue: Catalogue, language: str) -> str:
    """Before anything was searched."""
    return f'<p class="fv-note">{LocalText(catalogue, language).html("app_found_empty")}</p>'


def search_view(found: Found, catalogue: Catalogue, language: str) -> str:
    """``found`` as HTML."""
    text = LocalText(catalogue, language)
    if found.mode is Mode.NONE:
        return f'<p class="fv-note">{text.html("app_found_not_searched")}</p>'
    inside = _head(found, text) + _notes(found, text) + _table(found, text)
    return replaced_whole(f'class="found-view" data-bridge="reading" data-message="{escape(found.message_id)}"', inside)


def _head(found: Found, text: LocalText) -> str:
    first, *others = found.searched or ("",)
    wordings = "".join(f'<li dir="auto">{shown_line(one)}</li>' for one in others)
    rest = f'<p class="fv-label">{text.html("app_found_other_words")}</p><ul>{wordings}</ul>' if wordings else ""
    verdict = "app_found_yes" if found.is_found else "app_found_no"
    return (
        f'<p class="fv-label">{text.html("app_found_searched")}</p><p class="fv-question" dir="auto">'
        f"{shown_line(first)}</p>{rest}"
        f'<p class="fv-verdict {"yes" if found.is_found else "no"}">{text.html(verdict)}</p>'
    )


def _notes(found: Found, text: LocalText) -> str:
    said: list[str] = []
    if found.lexical_weight is not None:
        share = text.percent(found.lexical_weight)
        key = "app_found_weight_all" if found.lexical_weight >= FULL_WEIGHT else "app_found_weight_some"
        key = "app_found_weight_none" if found.lexical_weight <= NO_WEIGHT else key
        said.append(text.say(key, share=share))
    milliseconds = text.count(round(1_000 * found.seconds))
    said.append(text.say("app_found_how", count=text.count(found.num_searched), milliseconds=milliseconds))
    if found.index == "words only":
        said.append(text.say("app_found_words_only"))
    said += [text.say(f"app_found_note_{name}") for name in NOTES if name in found.notes]
    return "".join(f'<p class="fv-note">{escape(one)}</p>' for one in said)


def _table(found: Found, text: LocalText) -> str:
    if not found.passages:
        return ""
    above = [one for one in found.passages if one.score >= found.threshold]
    below = [one for one in found.passages if one.score < found.threshold]
    threshold = text.html("app_found_threshold", threshold=text.percent(found.threshold))
    line = f'<li class="fv-threshold">{threshold}</li>'

    def rows(some: Sequence[KeptPassage]) -> str:
        return "".join(_row(one, found, text) for one in some)

    name = text.html("app_found_list")
    legend = "".join(f"<div><dt>{text.html(key)}</dt><dd>{text.html(info)}</dd></div>" for key, info in LEGS.values())
    return (
        f'<ol class="fv-list" aria-label="{name}">{rows(above)}{line}{rows(below)}</ol>'
        f'<details class="fv-legend"><summary>{text.html("app_found_legend")}</summary><dl>{legend}</dl></details>'
    )


def _row(one: KeptPassage, found: Found, text: LocalText) -> str:
    if one.document_id in found.gone:
        gone = shown_line(text.say("app_source_gone", name=one.document_name))
        return f'<li class="fv-hit fv-gone"><p class="fv-note">{gone}</p></li>'
    number = f'<b class="sv-number">[{one.number}]</b> ' if one.number else ""
    where = text.html("app_found_page", page=one.page)
    given = _given(one, found, text)
    legs = "".join(_leg(leg, one.legs, text) for leg in LEGS)
    share = max(0.0, min(1.0, one.score))
    score = text.html("app_found_score", score=text.percent(share))
    snippet = shown_line(one.text if len(one.text) <= SNIPPET else one.text[:SNIPPET] + "…")
    place = f'data-document="{escape(one.document_id)}" data-page="{one.page}" data-start="{one.start}"'
    return (
        f'<li class="fv-hit"><button type="button" data-act="source" {place} data-end="{one.end}" '
        f'data-number="{one.number}"><span class="fv-name" dir="auto">{number}{shown_line(one.document_name)}</span>'
        f'<span class="fv-where">{where}{given}</span><span class="fv-text" dir="auto">{snippet}</span></button>'
        f'<p class="fv-score"><span>{score}</span><i class="fv-bar"><i style="width: {100 * share:.0f}%"></i></i></p>'
        f'<dl class="fv-legs">{legs}</dl></li>'
    )


def _given(one: KeptPassage, found: Found, text: LocalText) -> str:
    if not found.message_id:
        return ""
    if not one.number:
        return f" · {text.html('app_found_not_given')}"
    return f" · {text.html('app_found_given' if one.legs else 'app_found_given_again')}"


def _leg(name: str, legs: Mapping[str, _Leg], text: LocalText) -> str:
    leg = legs.get(name)
    shown = f"{text.decimal(leg.score, 2)} <small>#{leg.rank}</small>" if leg else "–"
    return f"<div><dt>{text.html(LEGS[name][0])}</dt><dd>{shown}</dd></div>"
