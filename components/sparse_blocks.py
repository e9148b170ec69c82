"""Gradio's page, with cheap updates of a few out of many components, and cheap events."""

from __future__ import annotations

from copy import copy
from typing import Any

import gradio as gr
from gradio.data_classes import BlocksConfigDict

from safety.surrogates import without_surrogates

NEVER = 2**62  # events
ASKING = {"submit", "click", "then"}  # events of which some make the model write


class SparseBlocks(gr.Blocks):
    """A handler that yields a dictionary leaves the components alone that it does not name.

    Gradio makes each of those anew, with its configuration, only to find that nothing changed: half a millisecond for
    every component at every update of an answer, ten times what the answer itself takes. Here they are passed over.
    And a handler that yields nothing at all leaves everything alone, where Gradio would empty all of its components.

    The page is told of each event's progress, five times: Gradio then looks for every output of every event that ever
    ran, each in the whole page. That took half of the browser's time for an event. Of events whose progress is hidden
    only conversations that somebody wrote in are told it: they show that an answer is coming.
    """

    def queue(self, *args: Any, **options: Any) -> SparseBlocks:
        """The same, without summing up all events after each: that is for a monitor, which the page does not have."""
        super().queue(*args, **options)
        self._queue.ANAYLTICS_CACHE_FREQUENCY = NEVER
        return self

    def get_config_file(self) -> BlocksConfigDict:
        """What the page is made of."""
        config = super().get_config_file()
        kinds = {part["id"]: part["type"] for part in config["components"]}
        for event in config["dependencies"]:
            if event["show_progress"] == "hidden":
                is_asked = any(name in ASKING for _, name in event["targets"])
                event["show_progress_on"] = [
                    output for output in event["outputs"] if is_asked and kinds.get(output) == "chatbot"
                ]
        return config

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *others: Any, **options: Any) -> Any:
        """What ``block_fn`` is given. Gradio's own refusals repeat what was sent: it must be text that can be sent."""
        return await super().preprocess_data(block_fn, [_sendable(value) for value in inputs], *others, **options)

    async def postprocess_data(self, block_fn: Any, predictions: Any, state: Any) -> list[Any]:
        """What goes to the browser for each output of ``block_fn``."""
        outputs = block_fn.outputs
        if _is_over(predictions):
            return [gr.skip() for _ in outputs]
        if not isinstance(predictions, dict) or not set(predictions).issubset(outputs):
            return await super().postprocess_data(block_fn, predictions, state)
        named = copy(block_fn)
        named.outputs = [output for output in outputs if output in predictions]
        values = [predictions[output] for output in named.outputs]
        if not values:
            return [gr.skip() for _ in outputs]
        sent = await super().postprocess_data(named, values[0] if len(values) == 1 else values, state)
        by_id = {output._id: value for output, value in zip(named.outputs, sent, strict=True)}
        return [by_id.get(output._id, gr.skip()) for output in outputs]


def _sendable(value: Any) -> Any:
    """``value``, and the texts of a list of choices, without halves of surrogate pairs."""
    if isinstance(value, list):
        return [without_surrogates(one) if isinstance(one, str) else one for one in value]
    return without_surrogates(value) if isinstance(value, str) else value


def _is_over(predictions: Any) -> bool:
    """What Gradio has in the place of values when a handler ended; after others that it yielded, nobody sees it."""
    values = predictions if isinstance(predictions, tuple) else (predictions,)
    return bool(values) and all(value is gr.components._Keywords.FINISHED_ITERATING for value in values)
