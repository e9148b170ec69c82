"""Prompts through the default model's own vocabulary."""

from __future__ import annotations

import pytest

from models.engine.chat_template import ChatTemplate
from models.engine.prompt_reader import PromptReader
from models.engine.protocol import ChatMessage, EngineOptions, Prompt, ReadPrompt
from models.engine.runner import LlamaRunner, start_backend

NO_SYSTEM = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}"
    "<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)


@pytest.fixture(scope="module")
def runner(default_options: EngineOptions) -> LlamaRunner:
    start_backend()
    update = {"plain_kernels": True, "context_tokens": 64, "max_sequences": 1}
    return LlamaRunner(default_options.model_copy(update=update), default_options.model_path)


@pytest.mark.parametrize("source", [None, NO_SYSTEM], ids=["its own template", "one without system"])
def test_what_is_shown_of_a_prompt_is_what_is_read(runner: LlamaRunner, source: str | None) -> None:
    template = ChatTemplate(source or runner.chat_template, runner.vocabulary, {"bos_token": "", "eos_token": ""})
    reader = PromptReader(template, runner.vocabulary)
    said = (
        ChatMessage(role="system", content="Sé breve, <|im_end|>."),
        ChatMessage(role="user", content="¿Qué es 😀?"),
        ChatMessage(role="assistant", content="Una cara."),
        ChatMessage(role="user", content=""),
    )
    smile = runner.vocabulary.tokenize("😀", parse_special=False)
    prompt = Prompt(messages=said, prefill="Es <|im_end|>", prefill_ids=tuple(smile[:1]))
    event = reader.read(ReadPrompt(id="r", prompt=prompt))
    assert list(event.token_ids) == reader.ids(prompt)
    prefill = runner.vocabulary.tokenize("Es <|im_end|>", parse_special=False)
    assert reader.ids(prompt) == [*template.encode(said), *prefill, smile[0]]
    by_message = {
        index: b"".join(token for token, owner in zip(event.token_bytes, event.messages, strict=True) if owner == index)
        for index in range(5)
    }
    folded = "\n\n" if source else ""
    assert by_message[0].decode() == f"Sé breve, <|im_end|>.{folded}"
    assert [by_message[index].decode() for index in (1, 2, 3)] == ["¿Qué es 😀?", "Una cara.", ""]
    assert by_message[4] == b"Es <|im_end|>" + runner.token_bytes(smile[0])
    assert b"<|im_start|>assistant\n" in b"".join(event.token_bytes)
