"""The page is described as Gradio would, but each component once, and no caller changes what the next one gets."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest
from gradio.blocks import BlocksConfig

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


def as_gradio_describes_it(page: SparseBlocks) -> list[Any]:
    plain = BlocksConfig(page)
    return [plain.config_for_block(key, [], block) for key, block in page.blocks.items()]


async def test_the_page_is_described_as_gradio_does(page: SparseBlocks) -> None:
    for _ in range(2):
        assert page.get_config_file()["components"] == as_gradio_describes_it(page)


async def test_a_component_is_described_once(page: SparseBlocks, monkeypatch: pytest.MonkeyPatch) -> None:
    known = page.get_config_file()
    monkeypatch.setattr(gr.Textbox, "api_info", None)
    assert page.get_config_file() == known


async def test_what_one_caller_changes_is_its_own(page: SparseBlocks) -> None:
    mine = next(part for part in page.get_config_file()["components"] if part["props"].get("elem_id") == "box")
    mine["props"]["value"] = "mine"
    mine["key"] = "mine"
    assert page.get_config_file()["components"] == as_gradio_describes_it(page)
