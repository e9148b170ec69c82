"""What models are called in lists."""

from __future__ import annotations

from components.model_labels import labelled

QWEN, ONE, OTHER = "local/Qwen/Qwen3-GGUF/Qwen3-Q8_0.gguf", "local/ana/a/tiny.gguf", "local/eva/b/tiny.gguf"


def test_a_file_is_called_by_its_name() -> None:
    assert labelled([QWEN, "local/smollm2-135m"]) == [
        ("local/Qwen3-Q8_0", QWEN),
        ("local/smollm2-135m", "local/smollm2-135m"),
    ]


def test_files_of_one_name_are_told_apart() -> None:
    assert labelled([ONE, OTHER]) == [(ONE, ONE), (OTHER, OTHER)]


def test_models_of_services_keep_their_names() -> None:
    assert labelled(["openai/org/Third.gguf", "google/gemini"]) == [
        ("openai/org/Third.gguf", "openai/org/Third.gguf"),
        ("google/gemini", "google/gemini"),
    ]
