"""What crosses the pipe between the page's process and an embedder's: one JSON object a line, each way.

Vectors follow their line as raw numbers: little-endian, 32 bits, row after row.
"""

from __future__ import annotations

from typing import IO, Annotated, Literal

import numpy as np
from pydantic import Field, JsonValue, TypeAdapter

from models.engine.line import Line
from storage.document_records import Vector

NUMBER = np.dtype("<f4")


class Make(Line):
    """The first line: ``maker`` is "package.module:callable", and gets ``arguments`` by name."""

    maker: str
    arguments: dict[str, JsonValue] = Field(default_factory=dict)


class Embed(Line):
    texts: tuple[str, ...]
    is_question: bool = False


class Made(Line):
    kind: Literal["made"] = "made"
    dimension: int
    max_batch: int
    prefixes: tuple[str, str]


class Rows(Line):
    """So many numbers follow."""

    kind: Literal["rows"] = "rows"
    num_rows: int = Field(ge=0)
    dimension: int = Field(ge=0)


class Unavailable(Line):
    """Trying again would not help."""

    kind: Literal["unavailable"] = "unavailable"


Answer = Annotated[Made | Rows | Unavailable, Field(discriminator="kind")]
ANSWERS: TypeAdapter[Answer] = TypeAdapter(Answer)


class PipeBroken(Exception):
    """The other end is gone, or sent half of something."""


def send(pipe: IO[bytes], line: Line, vectors: Vector | None = None) -> None:
    """Raises PipeBroken."""
    try:
        pipe.write(line.model_dump_json().encode() + b"\n")
        if vectors is not None:
            pipe.write(np.ascontiguousarray(vectors, NUMBER).tobytes())
        pipe.flush()
    except (OSError, ValueError) as error:
        raise PipeBroken from error


def receive_line(pipe: IO[bytes]) -> bytes:
    """Raises PipeBroken."""
    line = pipe.readline()
    if not line.endswith(b"\n"):
        raise PipeBroken
    return line


def receive_rows(pipe: IO[bytes], rows: Rows) -> Vector:
    """The numbers that ``rows`` announced. Raises PipeBroken."""
    num_bytes = rows.num_rows * rows.dimension * NUMBER.itemsize
    data = pipe.read(num_bytes)
    if len(data) != num_bytes:
        raise PipeBroken
    return np.frombuffer(data, NUMBER).reshape(rows.num_rows, rows.dimension).astype(np.float32)
