"""What crosses the pipe about every id of the vocabulary at once: its bytes, and how likely each comes next."""

from __future__ import annotations

from typing import Literal

from models.engine.line import Line


class ReadVocabulary(Line):
    """What does each id of the loaded model stand for? One answer is good for as long as that model is loaded."""

    kind: Literal["read_vocabulary"] = "read_vocabulary"
    id: str


class VocabularyRead(Line):
    """The answer to ReadVocabulary. ``token_bytes`` stand by id; control tokens show their own text.

    ``control_ids`` are no text and cannot be prefilled: control tokens and those that end an answer. The model's file
    forbids it to write ``suppressed_ids``. ``fingerprint`` tells loaded models apart.
    """

    kind: Literal["vocabulary_read"] = "vocabulary_read"
    id: str
    fingerprint: str
    token_bytes: tuple[bytes, ...]
    control_ids: tuple[int, ...]
    suppressed_ids: tuple[int, ...] = ()


class RowRead(Line):
    """The answer to ReadRow: ``logits`` are little-endian 32-bit floats, one for each id of the vocabulary.

    The cells of the first ``num_cached`` of ``prompt_ids`` were there already.
    """

    kind: Literal["row_read"] = "row_read"
    id: str
    fingerprint: str
    logits: bytes
    prompt_ids: tuple[int, ...]
    num_cached: int
