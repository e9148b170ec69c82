from __future__ import annotations

from pathlib import Path

import pytest

from errors import ModelFileBroken, ModelFileMissing
from models.default_model import default_model_file
from models.gguf import GgufHeader, Tensor, Value
from models.model_card import MAX_LINE, FileCard, Kind, Licence, Task, file_card, read_card
from tests.gguf_writer import gguf_bytes, llama_values

TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"


def card(**general: Value) -> FileCard:
    values = llama_values() | {f"general.{key.replace('__', '.')}": value for key, value in general.items()}
    return file_card(Path("a file.gguf"), GgufHeader(values=values), 1)


def with_template(template: str, **general: Value) -> FileCard:
    values = llama_values() | {f"general.{key}": value for key, value in general.items()}
    return file_card(Path("x.gguf"), GgufHeader(values=values | {"tokenizer.chat_template": template}), 1)


def test_the_default_model_tells_what_it_is() -> None:
    found = read_card(default_model_file())
    assert found.num_parameters == 134_515_008
    assert found.weights == "Q4_1"
    assert found.architecture == "llama"
    assert (found.kind, found.task) == (Kind.DECODER, Task.CHAT)
    assert found.context_tokens == 8_192
    assert found.num_layers == 30
    assert found.vocabulary_size == 49_152
    assert found.licence.name == "apache-2.0"
    assert found.languages == ("en",)
    assert found.file_bytes == default_model_file().stat().st_size


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf_bytes(llama_values() | {"general.file_type": 15}, [Tensor("w", 8, (64, 3))]))
    found = read_card(path)
    assert (found.num_parameters, found.weights) == (192, "Q4_K_M")
    assert found.file_bytes == path.stat().st_size


def test_a_file_that_is_none_is_named_as_such(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"<html>")
    with pytest.raises(ModelFileBroken):
        read_card(broken)
    with pytest.raises(ModelFileMissing):
        read_card(tmp_path / "missing.gguf")


def test_what_is_not_told_is_empty() -> None:
    found = file_card(Path("a file.gguf"), GgufHeader(), 1)
    assert found.name == "a file"
    assert (found.maker, found.licence, found.address, found.languages) == ("", Licence(""), "", ())
    assert (found.context_tokens, found.weights, found.vocabulary_size) == (0, "", 0)


@pytest.mark.parametrize(
    ("general", "expected"),
    [
        ({"license": "apache-2.0"}, Licence("apache-2.0")),
        ({"license": "other", "license__name": "gemma"}, Licence("gemma")),
        ({"license": "other"}, Licence("other")),
        ({"license__link": "javascript:alert(1)"}, Licence("")),
        ({"license": "mit", "license__link": "https://example.com/l"}, Licence("mit", "https://example.com/l")),
    ],
)
def test_the_licence(general: dict[str, Value], expected: Licence) -> None:
    assert card(**general).licence == expected


def test_text_of_a_file_is_one_short_line_that_hides_nothing() -> None:
    found = card(name="Good\n\x1b[31m model\u202e\u200b", organization="x" * 10_000)
    assert found.name == "Good [31m model"
    assert found.maker == "x" * MAX_LINE


def test_a_language_is_named_once() -> None:
    assert card(languages=("ES", "en", "es", "")).languages == ("es", "en")
    assert card(languages="es").languages == ("es",)


@pytest.mark.parametrize(
    ("general", "task"),
    [
        ({"name": "SmolLM2 135M"}, Task.CHAT),
        ({"name": "Qwen3 0.6B Base"}, Task.COMPLETION),
        ({"name": "Basel Chat"}, Task.CHAT),
        ({"name": "Granite", "finetune": "base"}, Task.COMPLETION),
    ],
)
def test_a_base_model_is_known_by_its_name_even_with_a_template(general: dict[str, Value], task: Task) -> None:
    assert with_template(TEMPLATE, **general).task is task


def test_without_a_template_a_text_is_gone_on_with() -> None:
    assert card().task is Task.COMPLETION


def test_tools_need_a_place_in_the_template() -> None:
    assert not with_template(TEMPLATE).gives_tools
    assert with_template(TEMPLATE + "{% if tools %}{% endif %}").gives_tools


@pytest.mark.parametrize(
    ("architecture", "pooling", "kind", "task"),
    [
        ("bert", 1, Kind.ENCODER, Task.EMBEDDING),
        ("nomic-bert", 0, Kind.ENCODER, Task.EMBEDDING),
        ("qwen3", 3, Kind.DECODER, Task.EMBEDDING),
        ("qwen3", 4, Kind.DECODER, Task.RANKING),
        ("t5", 0, Kind.ENCODER_DECODER, Task.COMPLETION),
    ],
)
def test_encoders_and_models_that_pool_give_vectors(architecture: str, pooling: int, kind: Kind, task: Task) -> None:
    values: dict[str, Value] = {"general.architecture": architecture, f"{architecture}.pooling_type": pooling}
    found = file_card(Path("x.gguf"), GgufHeader(values=values), 1)
    assert (found.kind, found.task) == (kind, task)
