"""Labels that Gradio translates in the browser, and the pieces of HTML that are made once for each language."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

import gradio as gr
from gradio.i18n import I18nData

from components.catalogue import LANGUAGES, Catalogue

FRAGMENTS = (
    "welcome",
    "header",
    "agent",
    "agent_sidebar",
    "agent_panel",
    "playground",
    "names",
    "sidebar",
    "panel",
    "library",
    "sources",
    "modes",
    "addresses",
    "cosine",
    "evaluate",
    "pg_next",
    "pg_steps",
    "pg_settings",
    "pg_samples",
    "pg_sweep",
    "pg_tokens",
    "pg_ngrams",
    "pg_prompts",
    "pg_prompts_names",
    "pg_context",
    "pg_score",
    "pg_cloud",
    "md_evaluate",
    "md_evaluate_limits",
    "md_catalogue",
    "md_adding",
    "connections",
    "connections_key",
    "connections_model",
    "connections_servers",
)


def words(key: str) -> str:
    """A label to be filled in the browser. Gradio accepts it wherever its signatures say ``str``."""
    label: object = I18nData(key)
    return label  # type: ignore[return-value]


def browser_words(catalogue: Catalogue) -> gr.I18n:
    """Every sentence of the catalogue, and each file of ``assets/fragments`` filled with them, by language.

    Whole fragments, because Gradio replaces one label in a text and no more.
    """
    folder = Path(__file__).parent / "assets" / "fragments"
    templates = {name: Template((folder / f"{name}.html").read_text(encoding="utf-8")) for name in FRAGMENTS}
    by_language = {}
    for language in LANGUAGES:
        sentences = catalogue.sentences[language]
        safe = {key: escape(sentence) for key, sentence in sentences.items()}
        fragments = {f"fragment_{name}": template.substitute(safe) for name, template in templates.items()}
        by_language[language] = {**sentences, **fragments}
    return gr.I18n(**by_language)
