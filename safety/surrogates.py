"""Halves of surrogate pairs: JSON and Python's texts may hold them, UTF-8, and so files, databases and Gradio, not."""

from __future__ import annotations


def without_surrogates(text: str) -> str:
    """``text`` with a question mark in the place of each half of a pair."""
    return text.encode("utf-8", errors="replace").decode()
