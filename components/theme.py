"""Colours, sizes and type of the page: paper and ink, one teal accent. What a theme cannot say is in ``page.css``."""

from __future__ import annotations

import gradio as gr

# Weights 400 and 700 only: the semibold file that comes with Gradio lacks most letters.
WEIGHTS = (400, 700)

TEAL = gr.themes.Color(
    name="teal",
    c50="#eef6f5",
    c100="#dcedea",
    c200="#b9dbd6",
    c300="#8cc4bc",
    c400="#5cb5aa",
    c500="#1d7f78",
    c600="#0f6b66",
    c700="#0c5753",
    c800="#0b4744",
    c900="#0a3a38",
    c950="#062625",
)
PAPER = gr.themes.Color(
    name="paper",
    c50="#fbfaf8",
    c100="#f4f2ee",
    c200="#e6e2db",
    c300="#d2ccc3",
    c400="#a39c92",
    c500="#7a736a",
    c600="#655f57",
    c700="#47423c",
    c800="#2c2925",
    c900="#211f1c",
    c950="#181614",
)

# By Gradio's names for them: on the light page, and on the dark one.
COLOURS = {
    "body_background_fill": ("*neutral_50", "*neutral_950"),
    "body_text_color": ("*neutral_800", "#ece7e0"),
    "body_text_color_subdued": ("*neutral_600", "#aea69b"),
    "background_fill_primary": ("#ffffff", "*neutral_900"),
    "background_fill_secondary": ("*neutral_50", "*neutral_950"),
    "border_color_primary": ("*neutral_200", "#3a3630"),
    "border_color_accent": ("*primary_600", "*primary_400"),
    "color_accent_soft": ("*primary_50", "#1d2f2d"),
    "link_text_color": ("*primary_600", "*primary_300"),
    "link_text_color_hover": ("*primary_700", "*primary_200"),
    "link_text_color_active": ("*primary_700", "*primary_200"),
    "link_text_color_visited": ("*primary_600", "*primary_300"),
    "code_background_fill": ("*neutral_100", "#100f0d"),
    "block_background_fill": ("transparent", "transparent"),
    "input_background_fill": ("#ffffff", "*neutral_900"),
    "input_border_color": ("*neutral_300", "#4a453e"),
    "input_border_color_focus": ("*primary_600", "*primary_400"),
    "input_placeholder_color": ("*neutral_600", "#9d958a"),
    "button_primary_background_fill": ("*primary_600", "*primary_400"),
    "button_primary_background_fill_hover": ("*primary_700", "*primary_300"),
    "button_primary_text_color": ("#ffffff", "*neutral_950"),
    "button_secondary_background_fill": ("#ffffff", "*neutral_900"),
    "button_secondary_background_fill_hover": ("*primary_50", "#1d2f2d"),
    "button_secondary_text_color": ("*neutral_800", "#ece7e0"),
    "button_secondary_border_color": ("*neutral_200", "#3a3630"),
    "button_secondary_border_color_hover": ("*primary_600", "*primary_400"),
    "table_border_color": ("*neutral_200", "#3a3630"),
    "table_even_background_fill": ("transparent", "transparent"),
    "table_odd_background_fill": ("transparent", "transparent"),
}
SAME_ON_BOTH = {
    "color_accent": "*primary_600",
    "block_border_width": "0px",
    "block_shadow": "none",
    "input_radius": "10px",
    "input_text_size": "*text_md",
    "chatbot_text_size": "*text_md",
    "prose_header_text_weight": "700",
    "button_border_width": "1px",
    "button_transition": "none",
    "button_large_text_weight": "400",
    "button_medium_text_weight": "400",
    "button_small_text_weight": "400",
    "shadow_drop": "none",
    "shadow_drop_lg": "none",
    "layout_gap": "0px",
}


def build_theme() -> gr.themes.Base:
    """The light and the dark page. Every file it needs comes with Gradio: nothing is fetched."""
    sans = gr.themes.LocalFont("Source Sans Pro", weights=WEIGHTS)
    mono = gr.themes.LocalFont("IBM Plex Mono", weights=WEIGHTS)
    theme = gr.themes.Base(
        primary_hue=TEAL,
        secondary_hue=TEAL,
        neutral_hue=PAPER,
        text_size=gr.themes.Size(
            name="reading", xxs="11px", xs="13px", sm="15px", md="17px", lg="19px", xl="22px", xxl="28px"
        ),
        radius_size=gr.themes.Size(
            name="soft", xxs="3px", xs="4px", sm="6px", md="8px", lg="8px", xl="10px", xxl="10px"
        ),
        font=[sans, "ui-sans-serif", "system-ui", "sans-serif"],
        font_mono=[mono, "ui-monospace", "monospace"],
    )
    light = {name: colours[0] for name, colours in COLOURS.items()}
    dark = {f"{name}_dark": colours[1] for name, colours in COLOURS.items()}
    return theme.set(**SAME_ON_BOTH, **light, **dark)
