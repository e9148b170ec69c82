"""What is kept of the page's components for each visitor: what Gradio itself would keep, and nobody else's."""

from __future__ import annotations

from copy import copy, deepcopy
from typing import Any

import gradio as gr
import pytest
from gradio.blocks import BlocksConfig
from gradio.state_holder import SessionState

from components.sparse_blocks import SparseBlocks


@pytest.fixture
async def page() -> SparseBlocks:
    """Made within a loop, or Gradio makes one that nobody closes."""
    page = SparseBlocks(analytics_enabled=False)
    with page:
        box = gr.Textbox("a", elem_id="box", info="what for")
        box.change(lambda: None, None, [box, gr.Slider(0, 5, 2), gr.HTML("<b>b</b>")])
        gr.State({"kept": 1})
    return page


def as_gradio_keeps_it(page: SparseBlocks) -> dict[int, Any]:
    plain = BlocksConfig(page)
    return {key: plain.config_for_block(key, [], block) for key, block in page.blocks.items()}


async def test_a_session_is_described_as_gradio_does(page: SparseBlocks) -> None:
    for _ in range(2):
        assert SessionState(page).config_values == as_gradio_keeps_it(page)


async def test_what_one_session_changes_is_its_own(page: SparseBlocks) -> None:
    mine, others = SessionState(page), SessionState(page)
    before = deepcopy(others.config_values)
    (box,) = (key for key, block in page.blocks.items() if block.elem_id == "box")
    mine._update_value_in_config(box, "mine")
    assert mine.config_values[box]["props"]["value"] == "mine"
    assert others.config_values == before
    mine[box] = gr.Textbox("another")
    mine._update_config(box)
    assert mine.config_values[box]["props"]["value"] == "another"
    assert SessionState(page).config_values == before


async def test_a_copy_holds_the_events_and_components(page: SparseBlocks) -> None:
    ours = copy(page.default_config)
    assert (ours.blocks, ours.fns, ours.fn_id) == (page.blocks, page.fns, page.default_config.fn_id)
    assert ours.blocks is not page.blocks
    assert ours.fns is not page.fns
