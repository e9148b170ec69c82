"""What is being got, stopped or failed: rows with their progress, in HTML."""

from __future__ import annotations

from html import escape
from zlib import crc32

from components import model_catalogue_figures as figures
from components.local_text import LocalText
from components.model_catalogue_state import CatalogueState, CatalogueVisit
from components.shown_errors import sentence_of
from components.shown_line import shown_line
from errors import ModelGated
from models.download_job import Download, DownloadState
from models.getting import Getting, HubPlace

HUB = "https://huggingface.co"


def download_rows(state: CatalogueState, getting: Getting, visit: CatalogueVisit) -> str:
    """Nothing where nothing was begun."""
    if not state.downloads:
        return ""
    rows = "".join(_row(download, state, getting, visit) for download in state.downloads.values())
    title = visit.text.html("app_md_downloads")
    return f'<section class="md-downloads" data-bridge="model_catalogue"><h3>{title}</h3><ul>{rows}</ul></section>'


def _row(download: Download, state: CatalogueState, getting: Getting, visit: CatalogueVisit) -> str:
    """Its tag is named after it, so that Gradio never lays one over another."""
    tag = f"md-{crc32(download.name.encode(errors='replace')):08x}"
    name = f'<b dir="auto">{shown_line(state.name_of(download.name))}</b>'
    file = f'<small dir="auto">{shown_line(download.name)}</small>'
    buttons = "".join(_buttons(download, state, getting, visit)) if visit.is_operator else ""
    return (
        f'<li data-download="{escape(download.name)}" data-state="{download.state}"><{tag} class="md-row">'
        f'<p class="md-row-name">{name} {file}</p>{progress(download, visit.text)}{_fault(download, visit.text)}'
        f'<p class="md-acts">{buttons}</p></{tag}></li>'
    )


def progress(download: Download, text: LocalText) -> str:
    """A bar and what it says; of one that is over, only that."""
    sentence = " · ".join(_facts(download, text))
    if download.state is DownloadState.STARTING:
        return f'<p class="md-progress"><progress aria-label="{sentence}"></progress><span>{sentence}</span></p>'
    if download.state is not DownloadState.RUNNING or not download.num_bytes:
        return f'<p class="md-progress"><span>{sentence}</span></p>'
    bar = f'<progress max="{download.num_bytes}" value="{download.num_done}" aria-label="{sentence}"></progress>'
    return f'<p class="md-progress">{bar}<span>{sentence}</span></p>'


def _facts(download: Download, text: LocalText) -> list[str]:
    if download.state in (DownloadState.STARTING, DownloadState.DONE):
        return [text.html(f"app_md_download_{download.state}")]
    facts = [] if download.state is DownloadState.RUNNING else [text.html(f"app_md_download_{download.state}")]
    if download.num_bytes:
        facts.append(text.percent(download.num_done / download.num_bytes))
        done, total = (figures.size(text, number) for number in (download.num_done, download.num_bytes))
        facts.append(text.html("app_md_done_of", done=done, total=total))
    elif download.num_done:
        facts.append(figures.size(text, download.num_done))
    if download.bytes_per_second is not None:
        facts.append(text.html("app_md_per_second", size=figures.size(text, download.bytes_per_second)))
    if download.seconds_left is not None:
        facts.append(figures.time_left(text, download.seconds_left))
    return facts


def _fault(download: Download, text: LocalText) -> str:
    if download.error is None:
        return ""
    sentence = escape(sentence_of(download.error, text.catalogue, text.language))
    steps = _steps(download, text) if isinstance(download.error, ModelGated) else ""
    return f'<p class="refused">{sentence}</p>{steps}'


def _steps(download: Download, text: LocalText) -> str:
    """What to do at the hub, and where that is."""
    place = HubPlace.of(download.name)
    if place is None:
        return ""
    pages = ((f"{HUB}/{place.repository}", "app_md_gated_page"), (f"{HUB}/settings/tokens", "app_md_gated_token"))
    links = "".join(f"<li>{link(address, text.html(key))}</li>" for address, key in pages)
    return f'<ol class="md-steps">{links}<li>{text.html("app_md_gated_restart")}</li></ol>'


def link(address: str, label: str) -> str:
    """Opened by the reader only; the page there is not told where they came from."""
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{label}</a>'


def _buttons(download: Download, state: CatalogueState, getting: Getting, visit: CatalogueVisit) -> list[str]:
    text, name = visit.text, download.name
    if download.state is DownloadState.DONE:
        return [button(text, "hide", name)]
    if not download.is_over:
        return [button(text, "cancel", name)]
    found = []
    if getting.can_go_on(name):
        is_failed = download.state is DownloadState.FAILED
        found.append(button(text, "get", name, "app_md_act_retry" if is_failed else "app_md_act_go_on"))
    if download.num_done:
        sure = text.say("app_md_discard_sure", size=figures.size(text, download.num_done))
        return [*found, button(text, "discard", name, sure=sure)]
    return [*found, button(text, "hide", name)]


def button(text: LocalText, act: str, name: str, key: str = "", *, sure: str = "", kind: str = "click") -> str:
    """One that reports ``act`` for ``name``; with ``sure``, once that question was answered."""
    asked = f' data-sure="{escape(sure)}"' if sure else ""
    label = text.html(key or f"app_md_act_{act}")
    return (
        f'<button type="button" class="md-button {act}" data-act="{act}" data-kind="{kind}" '
        f'data-name="{escape(name)}"{asked}>{label}</button>'
    )
