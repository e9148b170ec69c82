"""What this machine has for models, and which are in its memory, in HTML."""

from __future__ import annotations

from components import model_catalogue_figures as figures
from components.local_text import LocalText
from components.model_catalogue_card import GIGABYTE, measure_button
from components.model_catalogue_state import CatalogueState, CatalogueVisit
from components.shown_line import shown_line
from models.local_models import LoadedModel
from models.status import ModelState

STATES = {ModelState.STARTING: "loading", ModelState.READY: "loaded"}


def machine_view(state: CatalogueState, visit: CatalogueVisit) -> str:
    """Figures of the machine, the models in memory, and who may add others."""
    text = visit.text
    free, disk = (figures.size(text, number) for number in (state.free_bytes, state.free_disk_bytes))
    facts = [text.html("app_md_machine_memory", size=free), text.html("app_md_machine_disk", size=disk)]
    if state.bandwidth is not None:
        facts.append(text.html("app_md_machine_rate", rate=text.decimal(state.bandwidth / GIGABYTE, 1)))
    listed = " ".join(f"<span>{fact}</span>" for fact in facts)
    measure = measure_button(text) if state.bandwidth is None else ""
    if visit.is_operator and not measure:
        measure = measure_button(text, "measure_again")
    who = "" if visit.is_operator else f'<p class="md-note">{text.html("app_md_who_adds")}</p>'
    marks = (" data-operator" if visit.is_operator else "") + (" data-here" if visit.is_here else "")
    return (
        f'<section class="md-machine" data-bridge="model_catalogue"{marks}><h3>{text.html("app_md_machine")}</h3>'
        f'<p class="md-figures">{listed}</p>{measure}{_in_memory(state, text)}{who}</section>'
    )


def _in_memory(state: CatalogueState, text: LocalText) -> str:
    if not state.loaded:
        return f'<p class="md-note">{text.html("app_md_nothing_loaded")}</p>'
    rows = "".join(_row(model, text) for model in state.loaded.values())
    used = figures.size(text, sum(model.need_bytes for model in state.loaded.values()))
    title = text.html("app_md_in_memory")
    if state.budget_bytes is not None:
        title = text.html("app_md_in_memory_of", used=used, budget=figures.size(text, state.budget_bytes))
    return f'<h4>{title}</h4><ul class="md-loaded">{rows}</ul>'


def _row(model: LoadedModel, text: LocalText) -> str:
    way = STATES.get(model.status.state, "unavailable")
    facts = [text.html(f"app_md_state_{way}"), figures.size(text, model.need_bytes)]
    if model.status.tokens_per_second:
        facts.append(text.html("app_md_speed_last", speed=figures.whole(text, model.status.tokens_per_second)))
    return (
        f'<li class="md-state {way}"><i></i><b dir="auto">{shown_line(model.status.name)}</b> {" · ".join(facts)}</li>'
    )
