"""The sources of an answer below it: those it names first, the others that were found one fold away."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from agents.sources import Source
from components.local_text import LocalText
from components.shown_line import shown_line
from safety.shown_links import host_of, web_address


def sources_view(sources: Sequence[Source], cited: Collection[int], text: LocalText, *, is_live: bool = False) -> str:
    """As HTML, empty when nothing was found. While the answer ``is_live``, nobody knows what it is going to name."""
    named = [source for source in sources if source.number in cited]
    others = [source for source in sources if source.number not in cited]
    shown = ""
    if named:
        shown = f'<h4 data-key="title">{text.html("app_trace_sources")}</h4>{_list(named, "named", text)}'
    if others:
        unnamed = "app_trace_sources_so_far" if is_live else "app_trace_sources_unnamed"
        key = "app_trace_sources_others" if named else unnamed
        shown += (
            f'<details data-key="others" data-fold="others"><summary>{text.html(key, count=len(others))}</summary>'
            f"{_list(others, 'rest', text)}</details>"
        )
    return shown


def _list(sources: Sequence[Source], key: str, text: LocalText) -> str:
    chips = "".join(f'<li data-source="{source.number}" tabindex="-1">{_chip(source, text)}</li>' for source in sources)
    return f'<ol class="tr-sources" data-key="{key}">{chips}</ol>'


def _chip(source: Source, text: LocalText) -> str:
    """The host is the address's own, whatever the source says of its site."""
    address = web_address(source.url)
    elsewhere = shown_line(host_of(source.url) or source.site)
    site = elsewhere if source.url else text.html("app_trace_own_documents")
    about = " · ".join(part for part in (site, shown_line(source.date)) if part)
    title = shown_line(source.title) or site
    inside = (
        f'<span class="tr-number">{source.number}</span><span class="tr-about"><b dir="auto">{title}</b>'
        f'<small dir="auto">{about}</small></span>'
    )
    if not address:
        return f'<span class="tr-chip">{inside}</span>'
    return (
        f'<a class="tr-chip" href="{address}" target="_blank" rel="noopener noreferrer nofollow" '
        f'title="{text.html("app_trace_new_tab")}">{inside}</a>'
    )
