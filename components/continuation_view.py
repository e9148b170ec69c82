"""Texts from the same beginning as a tree, read from the top: what they share stands once, forks are indented."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from components.candidate_bars import share
from components.local_text import LocalText
from components.step_view import tiny_share
from components.token_colours import token_shade
from components.token_text import shown_tokens, titled_html
from components.token_view import NOTHING
from models.sample_batch import SampledToken
from playground.continuations import Branch, tree_of


def continuation_view(texts: Sequence[Sequence[SampledToken]], names: Sequence[str], text: LocalText) -> str:
    """``names`` are those of ``texts``, escaped."""
    root = tree_of(texts)
    if not root.branches:
        return ""
    tree = _Tree(names, text).branches(root, b"")
    return (
        f'<section class="sm-tree"><h3>{text.html("app_samples_tree")}</h3>'
        f'<p class="pg-note">{text.html("app_samples_tree_info")}</p>{tree}</section>'
    )


class _Tree:
    def __init__(self, names: Sequence[str], text: LocalText) -> None:
        self._names = names
        self._text = text

    def branches(self, branch: Branch, before: bytes) -> str:
        """What comes after ``branch``, which ends with ``before``."""
        if not branch.branches:
            return ""
        inside = "".join(f"<li>{self._row(one, before)}</li>" for one in branch.branches)
        return f"<ul>{inside}</ul>"

    def _row(self, branch: Branch, before: bytes) -> str:
        text, own = self._text, b"".join(token.token_bytes for token in branch.tokens)
        part = len(branch.texts) / len(self._names)
        who = ", ".join(self._names[number] for number in branch.texts)
        chance = tiny_share(branch.log_probability, text)
        through = text.html("app_samples_through", count=len(branch.texts), total=len(self._names))
        told = f"{who} · p = {chance}"
        return (
            f'<div class="sm-branch" style="--part:{part:.3f}">'
            f'<span class="sm-tokens">{self._tokens(branch, before)}</span>'
            f'<span class="sm-told" title="{through}">{told}</span></div>{self.branches(branch, before + own)}'
        )

    def _title(self, token: SampledToken) -> str:
        probability, bits = share(token.probability, self._text), self._text.decimal(token.entropy_bits, 2)
        return f"p = {probability} · {bits} bits"

    def _tokens(self, branch: Branch, before: bytes) -> str:
        """Each with its own probability; a character that began before the fork is not said again."""
        shown = shown_tokens([before, *(token.token_bytes for token in branch.tokens)])[1:]
        return "".join(
            titled_html(look, self._title(token), token_shade(token))
            if token.token_bytes
            else f"<u>{escape(NOTHING)}</u>"
            for look, token in zip(shown, branch.tokens, strict=True)
        )
