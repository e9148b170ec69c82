"""What is taken away, with personal data hidden in it: what it is imported by stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import yaml

from chains.conversations import Shown
from safety.personal_data import mask
from storage.message_tree import MessageTree
from storage.records import Message, Step

KEPT = ("id", "format", "version", "model", "kind", "role", "status", "time", "created_at", "updated_at")
Hide = Callable[[str], str]


def hiding_as(labels: Mapping[str, str]) -> Hide:
    """Personal data hidden as ``labels`` say, by the names of their kinds."""
    return lambda text: mask(text, labels)


def hidden_shown(shown: Shown, hide: Hide) -> Shown:
    """A conversation; of the answer that is being written only what is stored."""
    known = shown.conversation
    options = {name: _hidden(value, hide) if name == "template" else value for name, value in known.options.items()}
    conversation = replace(known, title=hide(known.title), summary=hide(known.summary), options=options)
    messages = [_message(message, hide) for message in shown.tree.messages]
    return replace(shown, conversation=conversation, tree=MessageTree(messages, shown.tree.leaf_id), live=None)


def _message(message: Message, hide: Hide) -> Message:
    return replace(
        message,
        text=hide(message.text),
        inputs={name: hide(value) for name, value in message.inputs.items()},
        steps=tuple(Step(step.name, hide(step.text)) for step in message.steps),
    )


def hidden_file(text: str, kind: str, hide: Hide) -> str:
    """A file of another ``kind``: json, yaml, or one that is text alone."""
    if kind == "json":
        return json.dumps(_hidden(json.loads(text), hide), ensure_ascii=False, indent=1)
    if kind == "yaml":
        return yaml.safe_dump(_hidden(yaml.safe_load(text), hide), allow_unicode=True, sort_keys=False)
    return hide(text)


def _hidden(value: Any, hide: Hide) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, list):
        return [_hidden(one, hide) for one in value]
    if isinstance(value, dict):
        return {name: one if name in KEPT else _hidden(one, hide) for name, one in value.items()}
    return value
