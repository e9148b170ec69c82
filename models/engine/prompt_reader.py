"""From a prompt as the page sends it to the tokens that the model reads, whoever asks: to answer, to count, to show."""

from __future__ import annotations

from typing import Protocol

from models.engine.chat_template import ChatTemplate, Tokenizer
from models.engine.prompt_parts import Span
from models.engine.protocol import Prompt, PromptRead, ReadPrompt


class PrefillRefused(Exception):
    """A token of the prefill is none of the vocabulary, or no text."""


class PromptVocabulary(Tokenizer, Protocol):
    """The loaded model's tokens."""

    @property
    def bos_id(self) -> int | None:
        """The id every prompt must begin with, for the models that want one."""

    @property
    def first_id(self) -> int:
        """An id for a text of no tokens to begin with."""

    def is_text(self, token_id: int) -> bool:
        """True for ids of the vocabulary that are neither control tokens nor ends of an answer."""

    def token_bytes(self, token_id: int, *, with_control: bool = False) -> bytes:
        """The bytes that ``token_id`` stands for; none for control tokens, their names ``with_control``."""


class PromptReader:
    """Safe from any thread."""

    def __init__(self, template: ChatTemplate, vocabulary: PromptVocabulary) -> None:
        self._template = template
        self._vocabulary = vocabulary

    def ids(self, prompt: Prompt) -> list[int]:
        """One token at the least. Raises TemplateFailed or PrefillRefused."""
        return [token_id for span in self._spans(prompt) for token_id in span.ids]

    def read(self, request: ReadPrompt) -> PromptRead:
        """The same ids, each with its bytes and its message. Raises TemplateFailed or PrefillRefused."""
        spans = self._spans(request.prompt)
        ids = [token_id for span in spans for token_id in span.ids]
        return PromptRead(
            id=request.id,
            token_ids=tuple(ids),
            token_bytes=tuple(self._vocabulary.token_bytes(token_id, with_control=True) for token_id in ids),
            messages=tuple(span.message for span in spans for _ in span.ids),
        )

    def _spans(self, prompt: Prompt) -> list[Span]:
        if prompt.text is None:
            spans = self._template.spans(prompt.messages, self._vocabulary.bos_id, prompt.tools)
            num_messages = len(prompt.messages)
        else:
            spans, num_messages = self._spans_of_text(prompt.text), 1
        spans.append(Span((*self._text_ids(prompt.prefill), *self._checked(prompt.prefill_ids)), num_messages))
        return spans if any(span.ids for span in spans) else [Span((self._vocabulary.first_id,), None)]

    def _spans_of_text(self, text: str) -> list[Span]:
        bos_id = self._vocabulary.bos_id
        return [Span(() if bos_id is None else (bos_id,), None), Span(self._text_ids(text), 0)]

    def _text_ids(self, text: str) -> tuple[int, ...]:
        return tuple(self._vocabulary.tokenize(text, parse_special=False))

    def _checked(self, ids: tuple[int, ...]) -> tuple[int, ...]:
        for token_id in ids:
            if not self._vocabulary.is_text(token_id):
                raise PrefillRefused(f"token {token_id} cannot stand in an answer")
        return ids
