"""What is kept of tabs: little, of few, and nothing of those that were closed long ago."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import gradio as gr
import pytest

from components.tab_states import CLOSED_FOR, TabStates


@pytest.fixture
async def page() -> gr.Blocks:
    with gr.Blocks() as page:
        gr.Textbox("hello")
        gr.Dropdown(["one"])
    page.state_session_capacity = 3
    assert isinstance(page, gr.Blocks)
    return page


@pytest.fixture
async def states(page: gr.Blocks) -> TabStates:
    states = TabStates()
    states.set_blocks(page)
    return states


async def test_of_a_tab_only_what_was_changed_is_kept(page: gr.Blocks, states: TabStates) -> None:
    dropdown = next(key for key, block in page.blocks.items() if isinstance(block, gr.Dropdown))
    states["tab"][dropdown] = gr.Dropdown(["two"], render=False)
    for key in page.blocks:
        states["tab"]._update_value_in_config(key, "a value")
    assert states["tab"].config_values == {}
    own: Any = states["tab"].blocks_config.blocks
    assert list(own.maps[0]) == [dropdown]
    assert states["tab"][dropdown].choices == [("two", "two")]
    assert states["another"][dropdown].choices == [("one", "one")]


async def test_only_the_tabs_used_last_are_kept(states: TabStates) -> None:
    for tab in ("one", "two", "three", "one", "four"):
        states[tab]
    assert list(states.session_data) == ["three", "one", "four"]
    assert set(states.time_last_used) == set(states.session_data)


async def test_a_tab_that_was_closed_long_ago_is_forgotten(states: TabStates) -> None:
    for tab in ("open", "closed", "closed now"):
        states[tab].is_closed = tab != "open"
    long_ago = datetime.now() - CLOSED_FOR  # noqa: DTZ005 - as Gradio notes it
    states.time_last_used["closed"] = states.time_last_used["open"] = long_ago
    states.delete_all_expired_state()
    assert set(states.session_data) == {"open", "closed now"}
