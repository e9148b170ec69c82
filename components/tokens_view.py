"""The Tokens tab of the Playground as it is laid out; ``tokens_picture`` is what it shows."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from components.example_pairs import ExamplePairs, lay_out_pairs
from components.room_parts import hidden_text, html
from components.words import words
from playground.positions import MAX_CHARACTERS

PAIRS = (
    ("Él vio a una niña con un telescopio.", "He saw a girl with a telescope."),
    ("Un modelo de lenguaje predice la palabra siguiente.", "A language model predicts the next word."),
    ("¡Qué ñandú! 🦩 你好", "What a rhea! 🦩 你好"),
)


@dataclass(frozen=True)
class TokensControls:
    """``other`` is a text to compare the prompt with, such as the same in another language."""

    other: gr.Textbox
    pairs: ExamplePairs


@dataclass(frozen=True)
class TokensParts:
    """``share`` leads to what is seen from elsewhere; ``seen`` carries whether the picture is in sight."""

    controls: TokensControls
    share: gr.HTML
    status: gr.HTML
    picture: gr.HTML
    seen: gr.Textbox

    @property
    def other(self) -> gr.Textbox:
        """The text to compare."""
        return self.controls.other


def lay_out_tokens_controls() -> TokensControls:
    """Make them here, by the prompt; they are in sight while the tab is chosen."""
    with gr.Column(elem_id="pg-tokens-controls", elem_classes="side-controls"):
        other = gr.Textbox(
            label=words("app_tokens_other"),
            info=words("app_tokens_other_info"),
            elem_id="pg-tokens-other",
            lines=1,
            max_lines=10,
            max_length=MAX_CHARACTERS,
        )
        return TokensControls(other, lay_out_pairs("pg-tokens-pairs", "app_tokens_try", PAIRS))


def lay_out_tokens(controls: TokensControls) -> TokensParts:
    """Make the rest inside the open tab."""
    gr.HTML(words("fragment_pg_tokens"), elem_classes="pg-about", apply_default_css=False)
    share, status = html("pg-tokens-share", "pg-share"), html("pg-tokens-status")
    picture = _picture()
    return TokensParts(controls, share, status, picture, hidden_text("pg-tokens-seen"))


def _picture() -> gr.HTML:
    """Until there is something to see: what to do."""
    return gr.HTML(words("app_tokens_empty"), elem_id="pg-tokens", elem_classes="pg-view", apply_default_css=False)
