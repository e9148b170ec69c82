"""The words of exported files."""

from __future__ import annotations

from dataclasses import fields

from chains.exports.conversation_markdown import MarkdownWords
from components.catalogue import Catalogue


def markdown_words(catalogue: Catalogue, language: str) -> MarkdownWords:
    """What a Markdown file says beside the messages."""
    return MarkdownWords(
        **{field.name: catalogue.text(language, f"app_file_{field.name}") for field in fields(MarkdownWords)}
    )
