"""Updates of a few out of many components: the browser is sent what Gradio itself would send, at less cost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from components.sparse_blocks import SparseBlocks


@pytest.fixture
async def page() -> SparseBlocks:
    """Made within a loop, or Gradio makes one that nobody closes."""
    page = SparseBlocks(analytics_enabled=False)
    with page:
        first = gr.Textbox("a", elem_id="first")
        first.change(lambda: None, None, [first, gr.HTML("b"), gr.Textbox("c"), gr.Checkbox()])
    return page


def handler(page: gr.Blocks) -> tuple[Any, list[Any]]:
    (block_fn,) = page.fns.values()
    return block_fn, list(block_fn.outputs)


async def test_what_is_not_named_is_left_alone(page: SparseBlocks) -> None:
    block_fn, (first, second, *_) = handler(page)
    sent = await page.postprocess_data(block_fn, {second: "<b>new</b>", first: "x"}, SessionState(page))
    assert sent == ["x", "<b>new</b>", gr.skip(), gr.skip()]


async def test_one_alone_is_sent_as_it_is(page: SparseBlocks) -> None:
    block_fn, (first, *_) = handler(page)
    sent = await page.postprocess_data(block_fn, {first: "x"}, SessionState(page))
    assert sent == ["x", gr.skip(), gr.skip(), gr.skip()]


async def test_nothing_named_changes_nothing(page: SparseBlocks) -> None:
    block_fn, _ = handler(page)
    assert await page.postprocess_data(block_fn, {}, SessionState(page)) == [gr.skip()] * 4
    assert await page.postprocess_data(block_fn, gr.skip(), SessionState(page)) != [None] * 4


async def test_settings_of_a_component_are_kept_for_the_session(page: SparseBlocks) -> None:
    block_fn, (first, *_) = handler(page)
    state = SessionState(page)
    box = cast("Any", gr.Textbox)(interactive=False, value="y")
    sent = await page.postprocess_data(block_fn, {first: box.constructor_args | {"__type__": "update"}}, state)
    assert (sent[0]["value"], sent[0]["interactive"]) == ("y", False)
    assert state[first._id].interactive is False
    assert sent[1:] == [gr.skip()] * 3


async def test_whole_lists_go_gradios_way(page: SparseBlocks) -> None:
    block_fn, _ = handler(page)
    assert await page.postprocess_data(block_fn, ["1", "2", "3", True], SessionState(page)) == ["1", "2", "3", True]


async def test_a_component_of_another_page_is_refused(page: SparseBlocks) -> None:
    block_fn, _ = handler(page)
    with gr.Blocks(analytics_enabled=False):
        stranger = gr.Textbox()
    with pytest.raises(ValueError, match="not specified as output"):
        await page.postprocess_data(block_fn, {stranger: "x"}, SessionState(page))


async def test_a_handler_that_yields_nothing_leaves_everything_alone() -> None:
    async def nothing() -> AsyncIterator[str]:
        for text in tuple[str, ...]():
            yield text

    page = SparseBlocks(analytics_enabled=False)
    with page:
        boxes = [gr.Textbox(elem_id="one"), gr.Textbox(elem_id="two")]
        boxes[0].change(nothing, None, boxes)
    (block_fn,) = page.fns.values()
    sent = await page.process_api(block_fn, [], state=SessionState(page))
    assert sent["data"] == [gr.skip()] * 2


async def test_progress_that_is_hidden_is_told_to_conversations_alone() -> None:
    """The components of an event stay its outputs; only who is told how it goes changes."""
    page = SparseBlocks(analytics_enabled=False)
    with page:
        box, chat = gr.Textbox(), gr.Chatbot()
        box.submit(lambda: None, None, [box, chat], show_progress="hidden")
        box.change(lambda: None, None, [box, chat], show_progress="hidden")
        box.blur(lambda: None, None, [box, chat])
    events = page.get_config_file()["dependencies"]
    assert [event["show_progress_on"] for event in events] == [[chat._id], [], None]
    assert [event["outputs"] for event in events] == [[box._id, chat._id]] * 3


async def test_events_are_not_summed_up_after_each_one(page: SparseBlocks) -> None:
    queue: Any = page.queue(api_open=False)._queue
    queue.events_recorded = 1_000
    event = {"function": "a", "status": "success", "process_time": 0.1}
    assert queue.compute_analytics_summary([event]) == {"functions": {}}


@pytest.mark.parametrize("sent", ["a\ud800", ["a\ud800"]], ids=["one", "several"])
async def test_what_gradio_refuses_is_told_in_text_that_can_be_sent(sent: object) -> None:
    with SparseBlocks() as page:
        chosen = gr.Dropdown(["a", "b"], multiselect=isinstance(sent, list))
        chosen.change(str, chosen)
    with pytest.raises(gr.Error) as refused:
        await page.preprocess_data(page.fns[0], [sent], SessionState(page))
    assert str(refused.value).encode()
