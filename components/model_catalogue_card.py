"""One model's full card, in HTML: what it is, what it needs, how fast it will write."""

from __future__ import annotations

from html import escape

from components import model_catalogue_figures as figures
from components.icons import icon
from components.local_text import LocalText
from components.model_catalogue_downloads import HUB, link
from components.model_catalogue_grid import model_buttons, model_state, tags
from components.model_catalogue_state import CatalogueState, CatalogueVisit
from components.replaced_whole import replaced_whole
from components.shown_line import shown_line
from models.catalogue import LEAST_CONTEXT, USUAL_CONTEXT
from models.known_models import KnownModel
from models.memory_need import Fit, MemoryNeed, fit
from models.model_card import Kind, Task
from models.speed_estimate import LIKELY_ERROR
from safety.shown_links import web_address

GIGABYTE = 1_000_000_000


def model_card(model: KnownModel, state: CatalogueState, visit: CatalogueVisit) -> str:
    """All but what changes while it comes or loads."""
    text = visit.text
    label = f"{icon('previous')}{text.html('app_md_back')}"
    back = f'<button type="button" class="md-button md-back" data-act="close">{label}</button>'
    about = (
        f"<p>{shown_line(getattr(model.entry.about, text.language))}</p>"
        if model.entry
        else f"<p>{text.html('app_md_about_file')}</p>"
    )
    facts = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in _facts(model, text) if value)
    return (
        f'<article class="md-full" data-model="{escape(model.id)}" data-bridge="model_catalogue">{back}'
        f'<h2 tabindex="-1" dir="auto">{shown_line(model.name)}</h2><p class="md-tags">{tags(model, text)}</p>{about}'
        f'<dl class="md-about">{facts}</dl>{_memory(model, state, text)}{_speed(model, state, text)}</article>'
    )


def card_state(model: KnownModel, state: CatalogueState, visit: CatalogueVisit) -> str:
    """What of the card changes: where it is, what it takes of the disk, what can be done."""
    text = visit.text
    disk = ""
    if not model.is_here:
        needed, free = (figures.size(text, number) for number in (model.size_bytes, state.free_disk_bytes))
        disk = f'<p class="md-note">{text.html("app_md_disk", needed=needed, free=free)}</p>'
    download = state.download_of(model)
    fault = ""
    if download is not None and download.error is not None:
        sentence = text.catalogue.error(text.language, download.error)
        fault = f'<p class="refused">{escape(sentence)}</p>'
    buttons = "".join(model_buttons(model, state, visit))
    return (
        f'<div class="md-now" data-bridge="model_catalogue">{model_state(model, state, text)}{disk}{fault}'
        f'<p class="md-acts">{buttons}</p></div>'
    )


def _facts(model: KnownModel, text: LocalText) -> list[tuple[str, str]]:
    entry, card = model.entry, model.card
    facts = [
        (text.html("app_md_fact_maker"), shown_line(model.maker)),
        (text.html("app_md_fact_licence"), _licence(model, text)),
        (text.html("app_md_fact_parameters"), figures.parameters(text, model.num_parameters)),
        (text.html("app_md_fact_kind"), _kind(model, text)),
        (text.html("app_md_fact_languages"), _languages(model, text)),
        (text.html("app_md_fact_tools"), text.html("app_md_yes" if model.gives_tools else "app_md_no")),
        (text.html("app_md_fact_context"), figures.tokens(text, model.context_tokens) if model.context_tokens else ""),
    ]
    if entry is not None:
        page = link(f"{HUB}/{entry.repository}", shown_line(entry.repository))
        facts += [(text.html("app_md_fact_repository"), page), (text.html("app_md_fact_file"), _code(entry.file))]
    elif card is not None:
        facts.append((text.html("app_md_fact_file"), _code(card.path.name)))
        if address := web_address(card.address):
            facts.append((text.html("app_md_fact_repository"), link(address, shown_line(address))))
    size = figures.size(text, model.size_bytes) + (f" · {shown_line(model.weights)}" if model.weights else "")
    facts.append((text.html("app_md_fact_size"), size))
    if entry is not None:
        sha256 = _code(entry.sha256) if entry.sha256 else text.html("app_md_sha256_unknown")
        facts.append(("SHA-256", sha256))
    return facts


def _code(content: str) -> str:
    return f'<code dir="auto">{shown_line(content)}</code>'


def _licence(model: KnownModel, text: LocalText) -> str:
    licence = model.licence
    if not licence.name:
        return text.html("app_md_licence_untold")
    address = web_address(licence.link)
    name = link(address, shown_line(licence.name)) if address else shown_line(licence.name)
    if model.is_open_source is None:
        return name
    kind = "app_md_licence_open" if model.is_open_source else "app_md_licence_limited"
    return f"{name} <small>{_taught(text, kind, 'open-and-closed')}</small>"


def _kind(model: KnownModel, text: LocalText) -> str:
    kind = model.card.kind if model.card else Kind.ENCODER if model.task is Task.EMBEDDING else Kind.DECODER
    task, reads = f"app_md_kind_{model.task}", f"app_md_reads_{kind.replace('-', '_')}"
    said = _taught(text, task, "base-and-instruct") if model.writes else text.html(task)
    return f"{said} {_taught(text, reads, 'encoder-and-decoder')}"


def _taught(text: LocalText, key: str, lesson: str) -> str:
    """The sentence ``key``, in which the word that the ``lesson`` is about leads there."""
    opening, closing = "\x02", "\x03"
    said = text.html(key, lesson=opening, end=closing)
    address = f'<a href="./lessons/{lesson}" target="_blank" rel="noopener">'
    return said.replace(opening, address).replace(closing, "</a>")


def _languages(model: KnownModel, text: LocalText) -> str:
    if not model.languages:
        return text.html("app_md_languages_untold")
    named = ", ".join(figures.language(text, code) for code in model.languages)
    number = model.entry.num_languages if model.entry else None
    return named + (f" {text.html('app_md_languages_more', count=number)}" if number else "")


# --- memory ----------------------------------------------------------------------------------------------------------


def _memory(model: KnownModel, state: CatalogueState, text: LocalText) -> str:
    """A slider over lengths of conversations; the page's script shows the need of the one that is chosen."""
    if not model.writes:
        need = model.memory_need()
        rows = _need(need, state, text) if need else f"<p>{text.html('app_md_memory_untold')}</p>"
        return f"<section><h3>{text.html('app_md_memory')}</h3>{rows}</section>"
    lengths = context_lengths(model.context_tokens)
    needs = [(length, model.memory_need(length)) for length in lengths]
    if any(need is None for _, need in needs):
        return f"<section><h3>{text.html('app_md_memory')}</h3><p>{text.html('app_md_memory_untold')}</p></section>"
    chosen = lengths.index(max(length for length in lengths if length <= max(lengths[0], USUAL_CONTEXT)))
    stops = "".join(
        f'<div class="md-need" data-stop="{index}" data-says="{figures.tokens(text, length)}"'
        f"{'' if index == chosen else ' hidden'}>{_need(need, state, text)}</div>"
        for index, (length, need) in enumerate(needs)
        if need is not None
    )
    label = text.html("app_md_context_chosen")
    slider = (
        f'<label class="md-context"><span>{label} <output>{figures.tokens(text, lengths[chosen])}</output></span>'
        f'<input type="range" min="0" max="{len(lengths) - 1}" step="1" value="{chosen}" '
        f'aria-valuetext="{figures.tokens(text, lengths[chosen])}"></label>'
    )
    source = text.html("app_md_memory_header" if model.facts else "app_md_memory_catalogue")
    note = f'<p class="md-note">{source} {text.html("app_md_memory_two")}</p>'
    inside = f"<h3>{text.html('app_md_memory')}</h3>{slider}{stops}{note}"
    return replaced_whole('class="md-memory"', inside)


def context_lengths(context_tokens: int) -> list[int]:
    """Twice as long each time, up to what the model was made for."""
    longest = max(context_tokens or USUAL_CONTEXT, LEAST_CONTEXT)
    lengths = [LEAST_CONTEXT]
    while 2 * lengths[-1] < longest:
        lengths.append(2 * lengths[-1])
    return [*lengths, longest] if longest > lengths[-1] else lengths


def _need(need: MemoryNeed, state: CatalogueState, text: LocalText) -> str:
    parts = {"weights": need.weights, "cache": need.cache, "rest": need.scratch + need.program}
    cells = "".join(
        f'<div><dt><i class="{name}"></i>{text.html(f"app_md_need_{name}")}</dt>'
        f"<dd>{figures.size(text, number)}</dd></div>"
        for name, number in parts.items()
    )
    fits: Fit = fit(need, state.free_bytes)
    total, free = (figures.size(text, number) for number in (need.total, state.free_bytes))
    bars = "".join(
        f'<i class="{name}" style="flex-grow:{number / need.total:.4f}"></i>' for name, number in parts.items()
    )
    return (
        f'<p class="md-total"><b>{text.html("app_md_need_total", total=total, free=free)}</b> '
        f"{figures.fitting(text, fits)}</p>"
        f'<div class="md-bar" aria-hidden="true">{bars}</div><dl class="md-parts">{cells}</dl>'
    )


# --- speed -----------------------------------------------------------------------------------------------------------


def _speed(model: KnownModel, state: CatalogueState, text: LocalText) -> str:
    if not model.writes:
        return ""
    title = f"<h3>{text.html('app_md_speed_title')}</h3>"
    loaded = state.loaded.get(model.local_name)
    measured = ""
    if loaded is not None and loaded.status.tokens_per_second:
        speed = figures.whole(text, loaded.status.tokens_per_second)
        measured = f"<p>{text.html('app_md_speed_measured', speed=speed)}</p>"
    return f'<section class="md-speed">{title}{_estimate(model, state, text)}{measured}</section>'


def _estimate(model: KnownModel, state: CatalogueState, text: LocalText) -> str:
    speed = state.speed_of(model)
    if state.bandwidth is None:
        return f"<p>{text.html('app_md_speed_unmeasured')}</p>{measure_button(text)}"
    if speed is None:
        return f"<p>{text.html('app_md_speed_untold')}</p>"
    figures_ = {name: figures.whole(text, getattr(speed, name)) for name in ("speed", "low", "high")}
    rate, error = text.decimal(state.bandwidth / GIGABYTE, 1), text.percent(LIKELY_ERROR)
    return (
        f"<p><b>{text.html('app_md_speed_likely', **figures_)}</b></p>"
        f'<p class="md-note">{text.html("app_md_speed_worth", rate=rate, error=error)}</p>'
    )


def measure_button(text: LocalText, act: str = "measure") -> str:
    """``act`` is "measure" or "measure_again"."""
    said = text.html("app_md_measure" if act == "measure" else "app_md_measure_again")
    return (
        f'<p class="md-acts"><button type="button" class="md-button" data-act="{act}" data-kind="submit">'
        f"{said}</button></p>"
    )
