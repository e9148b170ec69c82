"""Cleans what is shown and is not ours; so far it shows HTML as text."""

from __future__ import annotations


def clean_markdown(text: str) -> str:
    """Make text safe."""
    return text.replace("<", "&lt;")
