"""The page's icons. Their shapes are drawn once, in ``assets/fragments/header.html``."""

from __future__ import annotations


def icon(name: str) -> str:
    """A reference to the shape ``icon-<name>``: 20 px, in the colour of the text around it."""
    return f'<svg class="icon" aria-hidden="true"><use href="#icon-{name}"/></svg>'
