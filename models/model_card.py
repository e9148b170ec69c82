"""What a model file tells of itself: who made it, under which licence, what it can do. Text of others, cleaned here."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from models.gguf import GgufHeader, read_gguf
from safety.shown_links import web_address

MAX_LINE = 200  # characters of any of its texts
MAX_LANGUAGES = 250
UNTOLD = {"", "none", "unknown"}
ENCODERS = {
    "bert",
    "eurobert",
    "gemma-embedding",
    "jina-bert-v2",
    "jina-bert-v3",
    "modern-bert",
    "neo-bert",
    "nomic-bert",
    "nomic-bert-moe",
    "t5encoder",
}
ENCODERS_AND_DECODERS = {"t5"}
POOLING_NONE, POOLING_RANK = 0, 4  # enum llama_pooling_type
# enum llama_ftype: what most of the weights are written as.
WEIGHTS = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    19: "IQ2_XXS",
    20: "IQ2_XS",
    21: "Q2_K_S",
    22: "IQ3_XS",
    23: "IQ3_XXS",
    24: "IQ1_S",
    25: "IQ4_NL",
    26: "IQ3_S",
    27: "IQ3_M",
    28: "IQ2_S",
    29: "IQ2_M",
    30: "IQ4_XS",
    31: "IQ1_M",
    32: "BF16",
    36: "TQ1_0",
    37: "TQ2_0",
    38: "MXFP4",
}


class Kind(StrEnum):
    """How the model reads: from left to right to write on, or all at once to understand."""

    DECODER = "decoder"
    ENCODER = "encoder"
    ENCODER_DECODER = "encoder-decoder"


class Task(StrEnum):
    """What a model is for. RANKING ones say how well a text answers a question."""

    CHAT = "chat"
    COMPLETION = "completion"
    EMBEDDING = "embedding"
    RANKING = "ranking"


@dataclass(frozen=True)
class Licence:
    """``link`` is empty when it is not known, or leads nowhere that may be linked."""

    name: str
    link: str = ""


@dataclass(frozen=True)
class FileCard:
    """What is not told is empty, or 0.

    ``weights`` is the format's name, as Q4_K_M; ``window_tokens`` is how far back the layers look that do not look
    at everything; ``gives_tools`` says that the template has a place for tools.
    """

    path: Path
    file_bytes: int
    name: str
    maker: str
    licence: Licence
    address: str
    languages: tuple[str, ...]
    architecture: str
    kind: Kind
    task: Task
    gives_tools: bool
    num_parameters: int
    weights: str
    context_tokens: int
    window_tokens: int
    num_layers: int
    vocabulary_size: int


def read_card(path: Path) -> FileCard:
    """The card of ``path``. Raises ModelFileMissing or ModelFileBroken."""
    return file_card(path, read_gguf(path), path.stat().st_size)


def file_card(path: Path, header: GgufHeader, file_bytes: int) -> FileCard:
    """The card of a file whose header has been read."""
    return FileCard(
        path=path,
        file_bytes=file_bytes,
        name=_told(header, "name", "basename") or path.stem,
        maker=_told(header, "organization", "author", "base_model.0.organization"),
        licence=_licence(header),
        address=_address(header, "repo_url", "url", "source.repo_url", "source.url", "base_model.0.repo_url"),
        languages=_languages(header),
        architecture=_line(header.architecture),
        kind=kind_of(header),
        task=_task(header),
        gives_tools="tools" in header.text("tokenizer.chat_template"),
        num_parameters=sum(tensor.num_elements for tensor in header.tensors),
        weights=_weights(header),
        context_tokens=header.integer("context_length"),
        window_tokens=header.integer("attention.sliding_window"),
        num_layers=header.integer("block_count"),
        vocabulary_size=header.lengths.get("tokenizer.ggml.tokens", header.integer("vocab_size")),
    )


def _line(text: str) -> str:
    """One line of at most MAX_LINE characters that are seen: none that hide, or turn the line round."""
    plain = "".join(" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in text[: 4 * MAX_LINE])
    seen = "".join(sign for sign in plain if unicodedata.category(sign) not in {"Cf", "Cs", "Co", "Cn"})
    return " ".join(seen.split())[:MAX_LINE].rstrip()


def _told(header: GgufHeader, *keys: str) -> str:
    """The first of the general ``keys`` that says anything."""
    lines = (_line(header.text(f"general.{key}")) for key in keys)
    return next((line for line in lines if line.lower() not in UNTOLD), "")


def _address(header: GgufHeader, *keys: str) -> str:
    addresses = (web_address(header.text(f"general.{key}")) for key in keys)
    return next((address for address in addresses if address), "")


def _licence(header: GgufHeader) -> Licence:
    """A file that says "other" says the name beside it."""
    identifier, name = _told(header, "license"), _told(header, "license.name")
    is_named = identifier and identifier.lower() != "other"
    return Licence(identifier if is_named else name or identifier, _address(header, "license.link"))


def _languages(header: GgufHeader) -> tuple[str, ...]:
    codes = (_line(code).lower() for code in header.texts("general.languages"))
    return tuple(dict.fromkeys(code for code in codes if code))[:MAX_LANGUAGES]


def kind_of(header: GgufHeader) -> Kind:
    if header.architecture in ENCODERS:
        return Kind.ENCODER
    return Kind.ENCODER_DECODER if header.architecture in ENCODERS_AND_DECODERS else Kind.DECODER


def _task(header: GgufHeader) -> Task:
    """A template alone makes no chat model: makers leave it in their base models too, and say so in the name."""
    pooling = header.integer("pooling_type", POOLING_NONE)
    if pooling == POOLING_RANK:
        return Task.RANKING
    if pooling != POOLING_NONE or kind_of(header) is Kind.ENCODER:
        return Task.EMBEDDING
    names = (header.text(f"general.{key}").lower().replace("_", "-") for key in ("finetune", "name"))
    is_base = any("base" in name.replace(" ", "-").split("-") for name in names)
    return Task.COMPLETION if is_base or not header.text("tokenizer.chat_template") else Task.CHAT


def _weights(header: GgufHeader) -> str:
    value = header.values.get("general.file_type")
    return WEIGHTS.get(value, "") if isinstance(value, int) else ""
