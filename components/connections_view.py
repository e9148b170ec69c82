"""Services of models, as HTML: what is open to a visitor and why not, and what came of a test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from urllib.parse import urlsplit

from chains.connections import ServiceCard, ServiceState
from components.local_text import LocalText
from components.replaced_whole import replaced_whole
from components.shown_errors import sentence_of
from components.shown_line import shown_line
from errors import (
    ModelFaulty,
    ModelKeyMissing,
    ModelKeyRefused,
    ModelPackageMissing,
    ModelQuotaSpent,
    ModelRefused,
    ModelUnknown,
    ModelUnknownToService,
    ModelUnreachable,
    TertuliaError,
)
from models.remote.connection import Verdict

TITLES = {
    "google": "Google Gemini",
    "openai": "OpenAI",
    "anthropic": "Anthropic",
    "mistral": "Mistral AI",
    "groq": "Groq",
    "deepseek": "DeepSeek",
    "xai": "xAI",
    "together": "Together AI",
    "fireworks": "Fireworks AI",
    "openrouter": "OpenRouter",
}
BRIDGE = 'data-bridge="connections"'
VERDICTS: dict[type[TertuliaError], str] = {
    ModelKeyRefused: "app_md_sv_verdict_key",
    ModelQuotaSpent: "app_md_sv_verdict_quota",
    ModelUnreachable: "app_md_sv_verdict_unreachable",
    ModelFaulty: "app_md_sv_verdict_faulty",
    ModelUnknownToService: "app_md_sv_verdict_unknown",
    ModelRefused: "app_md_sv_verdict_declined",
    ModelKeyMissing: "app_md_sv_verdict_no_key",
    ModelPackageMissing: "app_md_sv_verdict_package",
    ModelUnknown: "app_md_sv_verdict_no_name",
}
STATES = {
    ServiceState.OPEN: "app_md_sv_state_open",
    ServiceState.OWN_KEY: "app_md_sv_state_own_key",
    ServiceState.NO_KEY: "app_md_sv_state_no_key",
    ServiceState.NO_PACKAGE: "app_md_sv_state_no_package",
}


def cards_view(cards: Iterable[ServiceCard], text: LocalText) -> str:
    """Every service with its state, its models and what can be done there."""
    shown = "".join(f'<li class="cn-card" data-service="{card.service}">{_card(card, text)}</li>' for card in cards)
    title = text.html("app_md_sv_services")
    return replaced_whole(f'class="cn-view" {BRIDGE}', f'<h3>{title}</h3><ul class="cn-cards">{shown}</ul>')


def _card(card: ServiceCard, text: LocalText) -> str:
    is_open = card.state in (ServiceState.OPEN, ServiceState.OWN_KEY)
    lines = [
        f"<h4>{TITLES[card.service]}</h4>",
        f'<p class="cn-state {card.state}"><i></i>{text.html(STATES[card.state])}</p>',
        *(_own_key(card, text) if card.own_key else ()),
        *_lacks(card, text),
        *((f'<p class="cn-soft">{text.html("app_md_sv_moved")}</p>',) if card.is_moved else ()),
        _models(card, text, is_open=is_open),
    ]
    return "".join(lines)


def _own_key(card: ServiceCard, text: LocalText) -> Iterator[str]:
    forget = _button("forget", text.html("app_md_sv_forget"), service=card.service)
    shown = f"{text.html('app_md_sv_your_key')} <code>{escape(card.own_key)}</code>"
    yield f'<p class="cn-line"><span>{shown}</span>{forget}</p>'


def _lacks(card: ServiceCard, text: LocalText) -> Iterator[str]:
    if card.state is ServiceState.NO_PACKAGE:
        command = f"<code>python -m pip install {escape(card.requirement)}</code>"
        yield f'<p class="cn-soft">{text.html("app_md_sv_install")}</p><p>{command}</p>'
    elif card.state is ServiceState.NO_KEY:
        said = text.html("app_md_sv_set_key", variable=card.variable)
        choose = _button("choose", text.html("app_md_sv_type_key"), service=card.service)
        yield f'<p class="cn-soft">{said}</p><p>{choose}</p>'


def _models(card: ServiceCard, text: LocalText, *, is_open: bool) -> str:
    rows = [_model(name, _button("try", text.html("app_md_sv_test_short"), model=name)) for name in card.offered]
    for name in card.added:
        buttons = (("try", "app_md_sv_test_short"), ("drop", "app_md_sv_drop"))
        acts = "".join(_button(act, text.html(key), model=name) for act, key in buttons)
        rows.append(_model(name, acts, text.html("app_md_sv_yours")))
    rows += [_model(name, "", text.html("app_md_sv_closed")) for name in card.shut]
    if rows:
        return f'<ul class="cn-models">{"".join(rows)}</ul>'
    return f'<p class="cn-soft">{text.html("app_md_sv_no_models")}</p>' if is_open else ""


def _model(name: str, acts: str, note: str = "") -> str:
    said = f"<small>{note}</small>" if note else ""
    pressed = f'<span class="cn-acts">{acts}</span>' if acts else ""
    return f'<li><span><code dir="ltr">{shown_line(name)}</code>{said}</span>{pressed}</li>'


def _button(act: str, label: str, **data: str) -> str:
    """``label`` is HTML; the model or service stands in its name for those who do not see where it is."""
    values = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    about = escape(", ".join(data.values()))
    named = f'aria-label="{label}: {about}"' if about else ""
    return f'<button type="button" class="cn-button" data-act="{act}"{values} {named}>{label}</button>'


# --- what came of it -------------------------------------------------------------------------------------------------


def verdict_view(verdict: Verdict, text: LocalText, *, is_own_key: bool) -> str:
    """A plain sentence: it answers, or what stands in the way and what helps."""
    seconds = text.decimal(verdict.seconds, 1)
    values = {"model": shown_line(verdict.model), "seconds": seconds}
    if verdict.error is None:
        return f'<p class="cn-verdict ok"><b>✓</b> {_filled("app_md_sv_verdict_open", text, values)}</p>'
    key = VERDICTS.get(type(verdict.error))
    if key is None:
        said = escape(sentence_of(verdict.error, text.catalogue, text.language))
    else:
        if is_own_key and isinstance(verdict.error, ModelKeyRefused):
            key = "app_md_sv_verdict_key_own"
        values |= {name: shown_line(str(value)) for name, value in verdict.error.values.items() if name != "model"}
        said = _filled(key, text, values)
    return f'<p class="cn-verdict fault" role="alert"><b>✗</b> {said}</p>'


def _filled(key: str, text: LocalText, values: dict[str, str]) -> str:
    """The sentence ``key`` as HTML; ``values`` are HTML."""
    holes = {name: f"\x00{name}\x00" for name in values}
    said = text.html(key, **holes)
    for name, value in values.items():
        said = said.replace(f"\x00{name}\x00", value)
    return said


def busy_view(sentence: str) -> str:
    """While something is waited for; ``sentence`` is HTML."""
    return f'<div class="cn-busy"><progress aria-label="{sentence}"></progress>{sentence}</div>'


def said_view(sentence: str) -> str:
    """What was done; ``sentence`` is HTML."""
    return f'<p class="cn-said">{sentence}</p>'


# --- the operator's server -------------------------------------------------------------------------------------------


def server_view(
    address: str | None, names: Sequence[str], offered: Sequence[str], text: LocalText, *, is_operator: bool
) -> str:
    """Where it is, which models it has, and how to keep those offered. Addresses are for the operator alone."""
    title = f"<h3>{text.html('app_md_sv_server')}</h3>"
    if is_operator:
        where = f"<code>{escape(_plain(address))}</code>" if address else text.html("app_md_sv_no_server")
        line = f"<p>{text.html('app_md_sv_server_at')} {where}</p>" if address else f"<p>{where}</p>"
    else:
        line = f"<p>{text.html('app_md_sv_server_other' if address else 'app_md_sv_server_none')}</p>"
    fetch = _button("list", text.html("app_md_sv_list"))
    listed = _listed(names, offered, text, is_operator=is_operator) if names else ""
    keep = _kept(offered, text) if is_operator and offered else ""
    return replaced_whole(f'class="cn-view" {BRIDGE}', f"{title}{line}<p>{fetch}</p>{listed}{keep}")


def _plain(address: str) -> str:
    """Without a password that it may hold."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _listed(names: Sequence[str], offered: Sequence[str], text: LocalText, *, is_operator: bool) -> str:
    rows = []
    for name in names:
        acts = _button("try", text.html("app_md_sv_test_short"), model=name)
        if not is_operator:
            acts += _button("add", text.html("app_md_sv_add_short"), model=name)
        elif name in offered:
            acts += _button("withdraw", text.html("app_md_sv_withdraw"), model=name)
        else:
            acts += _button("offer", text.html("app_md_sv_offer"), model=name)
        rows.append(_model(name, acts, text.html("app_md_sv_is_offered") if name in offered else ""))
    count = text.html("app_md_sv_num_listed", count=text.count(len(names)))
    return f'<p class="cn-soft">{count}</p><ul class="cn-models cn-long">{"".join(rows)}</ul>'


def _kept(offered: Sequence[str], text: LocalText) -> str:
    variable = f"TERTULIA_MODELS={','.join(offered)}"
    return f'<p class="cn-soft">{text.html("app_md_sv_to_keep")}</p><p><code>{escape(variable)}</code></p>'
