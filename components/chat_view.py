"""How a conversation looks: messages of the store become messages of ``gr.Chatbot``, states become sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chains.live import LiveAnswer
from components.catalogue import Catalogue
from models.status import ModelStatus
from safety.shown_text import clean_markdown
from storage.records import Message, MessageStatus, Role

MARKS = {MessageStatus.STOPPED: "app_mark_stopped", MessageStatus.CUT: "app_mark_cut"}
ENDINGS = {
    MessageStatus.COMPLETE: "app_status_done",
    MessageStatus.STOPPED: "app_status_stopped",
    MessageStatus.CUT: "app_status_cut",
    MessageStatus.FAILED: "app_status_failed",
}


class ChatView:
    """One reader's view in one language. Settled messages are cleaned once and remembered."""

    def __init__(self, catalogue: Catalogue, language: str) -> None:
        self._catalogue = catalogue
        self._language = language
        self._settled: dict[str, list[dict[str, Any]]] = {}

    def seen(self, messages: Sequence[Message]) -> list[Message]:
        """Those of ``messages`` that show; an answer that has no text yet does not."""
        return [message for message in messages if message.text or message.steps or self._mark(message)]

    def shown(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        """The messages for ``gr.Chatbot``, each step of a chain a fold of its own before the answer."""
        return [shown for message in self.seen(messages) for shown in self._shown(message)]

    def status(self, messages: Sequence[Message], live: LiveAnswer | None, model: ModelStatus) -> str:
        """One sentence about the last answer, with what was left out of it."""
        last = messages[-1] if messages else None
        if last is None or last.role is Role.USER:
            return ""
        if live is not None and last.status is MessageStatus.ANSWERING:
            sentence = self._under_way(live)
        elif last.status is MessageStatus.ANSWERING:
            sentence = self._text("app_status_reading")
        else:
            sentence = self._text(ENDINGS[last.status])
            if last.status is not MessageStatus.FAILED and model.tokens_per_second:
                sentence += " " + self._text("app_speed_sentence", speed=f"{model.tokens_per_second:.0f}")
        if last.num_left_out:
            key = "app_status_left_out_one" if last.num_left_out == 1 else "app_status_left_out"
            sentence += " " + self._text(key, count=last.num_left_out)
        return sentence

    def _under_way(self, live: LiveAnswer) -> str:
        if live.place is None:
            is_begun = live.message.text or live.message.steps
            return self._text("app_status_answering" if is_begun else "app_status_reading")
        if live.place.seconds is None:
            return self._text("app_status_waiting", place=live.place.place)
        seconds = max(1, round(live.place.seconds))
        return self._text("app_status_waiting_seconds", place=live.place.place, seconds=seconds)

    def _shown(self, message: Message) -> list[dict[str, Any]]:
        known = self._settled.get(message.id)
        if known:
            return known
        # Two texts, not one: Gradio draws the second apart, so a mark is never read as part of an open code block.
        texts = [*self._texts(message), self._mark(message)]
        contents = [{"type": "text", "text": text} for text in texts if text]
        shown = self._folds(message)
        if contents or not shown:
            shown.append({"role": str(message.role), "content": contents})
        if message.status is not MessageStatus.ANSWERING:
            self._settled[message.id] = shown
        return shown

    def _texts(self, message: Message) -> list[str]:
        """What was written, made safe to show."""
        return [clean_markdown(message.text)]

    def _folds(self, message: Message) -> list[dict[str, Any]]:
        """What was written before the answer itself."""
        return [self._step(message, number) for number in range(len(message.steps))]

    def _step(self, message: Message, number: int) -> dict[str, Any]:
        step = message.steps[number]
        title = self._text("app_step", number=number + 1, name=" ".join(clean_markdown(step.name).split()))
        content = [{"type": "text", "text": clean_markdown(step.text)}]
        return {"role": str(message.role), "content": content, "metadata": {"title": title, "status": "done"}}

    def _mark(self, message: Message) -> str:
        if message.status is MessageStatus.FAILED:
            return "> " + self._reason(message)
        return self._text(MARKS[message.status]) if message.status in MARKS else ""

    def _reason(self, message: Message) -> str:
        """Why an answer failed. Where the values that a sentence names were not kept, there is a general one."""
        try:
            return self._text(message.error_key or "error_unexpected", **self._error_values(message))
        except KeyError:
            return self._text("error_generation_failed")

    def _error_values(self, message: Message) -> Mapping[str, str]:
        return {}

    def _text(self, key: str, **values: object) -> str:
        return self._catalogue.text(self._language, key, **values)
