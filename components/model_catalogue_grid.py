"""The models to choose from as cards, in HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from zlib import crc32

from components import model_catalogue_figures as figures
from components.local_text import LocalText
from components.model_catalogue_downloads import button, progress
from components.model_catalogue_state import CatalogueState, CatalogueVisit
from components.shown_line import shown_line
from models.download_job import DownloadState
from models.known_models import KnownModel, stored_name
from models.model_card import Task
from models.status import ModelState

WAYS = {DownloadState.STARTING: "coming", DownloadState.RUNNING: "coming", DownloadState.FAILED: "failed"}


def model_grid(shown: Sequence[KnownModel], state: CatalogueState, visit: CatalogueVisit) -> str:
    """Cards of those ``shown``, and how many of all they are; or what to do when there are none."""
    text = visit.text
    if not shown:
        again = f'<button type="button" class="md-button" data-act="unfilter">{text.html("app_md_unfilter")}</button>'
        return f'<div class="md-none" data-bridge="model_catalogue"><p>{text.html("app_md_none")}</p>{again}</div>'
    count = text.html("app_md_count", count=len(shown), total=len(state.models))
    cards = "".join(_card(model, state, visit) for model in shown)
    return (
        f'<p class="md-count" role="status">{count}</p>'
        f'<div class="md-cards" role="list" data-bridge="model_catalogue">{cards}</div>'
    )


def _card(model: KnownModel, state: CatalogueState, visit: CatalogueVisit) -> str:
    """Its tag is named after it, so that Gradio never lays one over another."""
    text = visit.text
    identity = escape(model.id)
    tag = f"md-{crc32(model.id.encode()):08x}"
    facts = [
        shown_line(model.maker),
        figures.parameters(text, model.num_parameters),
        figures.size(text, model.size_bytes),
    ]
    name = (
        f'<h3><button type="button" class="md-open" data-act="open" data-id="{identity}" dir="auto">'
        f"{shown_line(model.name)}</button></h3>"
    )
    return (
        f'<{tag} class="md-card" role="listitem" data-model="{identity}">{name}'
        f'<p class="md-facts">{" · ".join(fact for fact in facts if fact)}</p>'
        f'<p class="md-tags">{tags(model, text)}</p>'
        f'<p class="md-likely">{_likely(model, state, text)}</p>'
        f'{model_state(model, state, text)}<p class="md-acts">{"".join(model_buttons(model, state, visit))}</p></{tag}>'
    )


def tags(model: KnownModel, text: LocalText) -> str:
    """What it is good for, in a word each."""
    found = [f'<span class="md-spanish {model.spanish or "untold"}">{figures.spanish(text, model.spanish)}</span>']
    if model.task is not Task.CHAT:
        found.append(f"<span>{text.html(f'app_md_task_{model.task}')}</span>")
    if model.gives_tools:
        found.append(f"<span>{text.html('app_md_tools')}</span>")
    if model.is_open_source:
        found.append(f"<span>{text.html('app_md_open_source')}</span>")
    return "".join(found)


def _likely(model: KnownModel, state: CatalogueState, text: LocalText) -> str:
    found = [] if model.local_name in state.loaded else [figures.fitting(text, model.fit(state.free_bytes))]
    speed = state.speed_of(model)
    if speed is not None:
        found.append(f"<span>{text.html('app_md_speed', speed=figures.whole(text, speed.speed))}</span>")
    return "".join(found)


def model_state(model: KnownModel, state: CatalogueState, text: LocalText) -> str:
    """Not here, on its way, here, or loaded: a mark and a word, with a bar while it comes."""
    download = state.download_of(model)
    if download is not None:
        way = WAYS.get(download.state, "stopped")
        if way == "coming":
            return f'<div class="md-state coming">{progress(download, text)}</div>'
        share = f"· {text.percent(download.num_done / download.num_bytes)}" if download.num_bytes else ""
        return _state(way, text.html(f"app_md_state_{way}"), share)
    loaded = state.loaded.get(model.local_name)
    if loaded is not None:
        way = {ModelState.READY: "loaded", ModelState.STARTING: "loading"}.get(loaded.status.state, "unavailable")
        return _state(way, text.html(f"app_md_state_{way}"))
    way = "here" if model.is_here else "absent"
    return _state(way, text.html(f"app_md_state_{way}"))


def _state(way: str, word: str, more: str = "") -> str:
    return f'<p class="md-state {way}"><i></i>{word} {more}</p>'


def model_buttons(model: KnownModel, state: CatalogueState, visit: CatalogueVisit) -> list[str]:
    """What the visitor may do with it."""
    text, found = visit.text, []
    if model.local_name and model.local_name not in state.loaded:
        found.append(button(text, "load", model.local_name, kind="submit"))
    if not visit.is_operator:
        return found
    if model.is_here and model.stored_name:
        size = figures.size(text, model.size_bytes)
        sure = text.say("app_md_delete_sure", name=model.name, size=size)
        found.append(button(text, "delete", model.stored_name, sure=sure))
    elif model.entry is not None and not model.is_here:
        found.append(_getting(model, state, visit))
    return found


def _getting(model: KnownModel, state: CatalogueState, visit: CatalogueVisit) -> str:
    assert model.entry is not None
    text, name = visit.text, stored_name(model.entry)
    download = state.download_of(model)
    if download is None:
        return button(text, "get", name)
    if not download.is_over:
        return button(text, "cancel", name)
    return button(text, "get", name, "app_md_act_retry" if download.error else "app_md_act_go_on")
