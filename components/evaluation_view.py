"""Questions with known answers, what each variant reached, and rated answers, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from components.catalogue import Catalogue
from components.evaluation_chart import evaluation_chart
from components.icons import icon
from components.local_text import LocalText
from components.replaced_whole import replaced_whole
from components.shown_line import shown_line
from rag.evaluation import EvaluationProgress, EvaluationRow, Variant
from storage.ratings import RatedAnswer
from storage.triples import Triple

MOST_LISTED = 50  # questions; all are asked
ANSWER, QUESTION = 160, 300
BRIDGE = 'class="evaluate-view" data-bridge="evaluate"'


def questions_view(triples: Sequence[Triple], collection_id: str, catalogue: Catalogue, language: str) -> str:
    """The newest first."""
    text = LocalText(catalogue, language)
    if not triples:
        return replaced_whole(BRIDGE, f'<p class="ev-note">{text.html("app_evaluate_none")}</p>')
    count = len(triples)
    head = text.html("app_evaluate_count_one" if count == 1 else "app_evaluate_count", count=text.count(count))
    rows = "".join(_question(one, text) for one in reversed(triples[-MOST_LISTED:]))
    more = f'<li class="ev-note">{text.html("app_evaluate_more", count=count - MOST_LISTED)}</li>'
    inside = (
        f'<details class="ev-questions" open><summary>{head}</summary>'
        f"<ul>{rows}{more if count > MOST_LISTED else ''}</ul></details>"
        f'<p class="ev-tools">{_link(collection_id, "questions", "app_evaluate_download_questions", text)}'
        f'<button type="button" class="ev-button" data-act="clear" data-sure="{text.html("app_evaluate_clear_sure")}">'
        f"{text.html('app_evaluate_clear')}</button></p>"
    )
    return replaced_whole(BRIDGE, inside)


def _question(triple: Triple, text: LocalText) -> str:
    name = shown_line(text.say("app_evaluate_delete", question=triple.question[:QUESTION]))
    answer = f'<span dir="auto">{shown_line(_cut(triple.answer))}</span>' if triple.answer else ""
    source = f'<small dir="auto">{shown_line(_cut(triple.source_text))}</small>' if triple.source_text else ""
    return (
        f'<li><div><b dir="auto">{shown_line(triple.question)}</b>{answer}{source}</div>'
        f'<button type="button" class="tool" data-act="delete" data-id="{escape(triple.id)}" title="{name}" '
        f'aria-label="{name}">{icon("delete")}</button></li>'
    )


def results_view(rows: Sequence[EvaluationRow], collection_id: str, catalogue: Catalogue, language: str) -> str:
    """As a table and a picture of bars; nothing before anything was measured."""
    if not rows:
        return ""
    text = LocalText(catalogue, language)
    heads = "".join(
        f'<th scope="col"><abbr title="{text.html(f"app_evaluate_{key}_info")}">{text.html(f"app_evaluate_{key}")}'
        f"</abbr></th>"
        for key in ("hit_1", "hit_5", "mrr", "f1")
    )
    body = "".join(_result(row, text) for row in rows)
    asked, left_out = len(rows[0].outcomes), rows[0].num_unplaced
    said = text.html("app_evaluate_asked_one" if asked == 1 else "app_evaluate_asked", count=text.count(asked))
    missing = f" {text.html('app_evaluate_left_out', count=text.count(left_out))}" if left_out else ""
    inside = (
        f'<h3>{text.html("app_evaluate_results")}</h3><p class="ev-note">{said}{missing}</p>'
        f'<table class="ev-table"><caption>{text.html("app_evaluate_caption")}</caption><thead><tr>'
        f'<th scope="col">{text.html("app_evaluate_variant")}</th>{heads}</tr></thead><tbody>{body}</tbody></table>'
        f"{evaluation_chart([(variant_name(row.variant, text), row) for row in rows], text)}"
        f'<p class="ev-tools">{_link(collection_id, "results", "app_evaluate_download", text)}'
        f"{_link(collection_id, 'outcomes', 'app_evaluate_download_outcomes', text)}</p>"
    )
    return replaced_whole(BRIDGE, inside)


def _result(row: EvaluationRow, text: LocalText) -> str:
    figures = (row.hit(1), row.hit(5), row.mean_reciprocal_rank, row.overlap)
    cells = "".join(f"<td>{'–' if one is None else text.decimal(one, 2)}</td>" for one in figures)
    facts = text.html(
        "app_evaluate_facts", chunks=text.count(row.num_chunks), milliseconds=text.decimal(row.search_ms, 0)
    )
    return f'<tr><th scope="row">{shown_line(variant_name(row.variant, text))}<small>{facts}</small></th>{cells}</tr>'


def variant_name(variant: Variant, text: LocalText) -> str:
    """Size and overlap, embedder and mode."""
    settings = variant.settings
    sizes = f"{text.count(settings.chunk_size)}/{text.count(settings.chunk_overlap)}"
    return f"{sizes} · {settings.embedder} · {text.say(f'app_mode_{variant.mode}')}"


def rated_view(rated: Sequence[RatedAnswer], catalogue: Catalogue, language: str) -> str:
    """Answers that were liked or not, the newest first."""
    text = LocalText(catalogue, language)
    head = f"<h3>{text.html('app_evaluate_rated')}</h3>"
    if not rated:
        return replaced_whole(BRIDGE, f'{head}<p class="ev-note">{text.html("app_evaluate_rated_none")}</p>')
    liked = sum(one.rating > 0 for one in rated)
    counts = text.html("app_evaluate_rated_count", liked=text.count(liked), disliked=text.count(len(rated) - liked))
    rows = "".join(_rated(one, text) for one in rated)
    return replaced_whole(BRIDGE, f'{head}<p class="ev-note">{counts}</p><ul class="ev-rated">{rows}</ul>')


def _rated(one: RatedAnswer, text: LocalText) -> str:
    liked = one.rating > 0
    said = text.html("app_evaluate_liked" if liked else "app_evaluate_disliked")
    return (
        f'<li class="{"liked" if liked else "disliked"}"><button type="button" data-act="open" '
        f'data-id="{escape(one.conversation_id)}"><span class="ev-sign" title="{said}">'
        f'{icon("like" if liked else "dislike")}<span class="visually-hidden">{said}</span></span>'
        f'<span><b dir="auto">{shown_line(_cut(one.question))}</b>'
        f'<span dir="auto">{shown_line(_cut(one.answer))}</span></span></button></li>'
    )


def progress_view(
    progress: EvaluationProgress, where: tuple[int, int, str], left_s: float | None, text: LocalText
) -> str:
    """``where`` is the number of the variant, of how many, and its name."""
    number, total, name = where
    sentence = text.say(
        f"app_evaluate_stage_{progress.stage}", variant=number, variants=total, name=name,
        done=text.count(progress.done), total=text.count(progress.total),
    )  # fmt: skip
    if left_s is not None:
        sentence += " " + text.say("app_seconds_left", seconds=text.count(max(1, round(left_s))))
    label = shown_line(sentence)
    most = max(1, progress.total)
    return f'<p><progress max="{most}" value="{progress.done}" aria-label="{label}"></progress> {label}</p>'


def _link(collection_id: str, kind: str, key: str, text: LocalText) -> str:
    address = f"./collections/{escape(collection_id)}/{kind}.csv"
    return f'<a class="ev-button" download href="{address}">{icon("download")}{text.html(key)}</a>'


def _cut(text: str) -> str:
    return text if len(text) <= ANSWER else text[: ANSWER - 1] + "…"
