"""``/api/models`` and ``/api/ask``: what programs may ask for in plain JSON."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from chains.options import SamplingChoice
from chains.plain_answers import Ending, PlainAnswers, PlainQuestion
from components.api_door import API_OWNER
from components.api_faults import fault_of, refused, told
from components.catalogue import Catalogue, preferred_language
from errors import TertuliaError

Said = AsyncGenerator[str | Ending, None]

logger = logging.getLogger(__name__)


class Sampling(SamplingChoice):
    """Nothing unknown: a misspelled option would do nothing, and nobody would know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Asked(BaseModel):
    """The body of ``/api/ask``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    model: str = ""
    system: str = ""
    options: Sampling = Sampling()
    stream: bool = False


class ApiAnswers:
    """Every request stands alone: nothing of it is kept."""

    def __init__(self, answers: PlainAnswers, catalogue: Catalogue) -> None:
        self._answers = answers
        self._catalogue = catalogue

    async def models(self, _: Request) -> Response:
        """What may be asked, the usual one first."""
        names = self._answers.models(API_OWNER)
        return _json({"object": "list", "data": [{"id": name, "object": "model"} for name in names]})

    async def ask(self, request: Request) -> Response:
        """One answer, whole or as it is written."""
        try:
            asked = Asked.model_validate_json(await request.body())
        except ValidationError as error:
            fault = error.errors()[0]
            place = ".".join(map(str, fault["loc"]))
            return refused(400, told(str(fault["msg"]), param=place or None))
        language = preferred_language(request.headers.get("accept-language", ""))
        question = PlainQuestion(asked.question, asked.model, asked.system, language, asked.options)
        said = self._answers.ask(API_OWNER, question)
        return await (self._stream if asked.stream else self._whole)(said, language)

    async def _whole(self, said: Said, language: str) -> Response:
        try:
            answer, ending = await whole(said)
        except TertuliaError as error:
            return refused(*fault_of(error, self._catalogue, language))
        return _json({"answer": answer, **_end(ending)})

    async def _stream(self, said: Said, language: str) -> Response:
        """What fails before the first piece is told by the status."""
        try:
            first = await anext(said)
        except TertuliaError as error:
            return refused(*fault_of(error, self._catalogue, language))
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._events(first, said, language), media_type="text/event-stream", headers=headers)

    async def _events(self, first: str | Ending, said: Said, language: str) -> AsyncIterator[str]:
        async with aclosing(said):
            yield _event(first)
            try:
                async for each in said:
                    yield _event(each)
            except TertuliaError as error:
                yield _data(fault_of(error, self._catalogue, language)[1])
            except Exception as error:
                logger.exception("an answer to a program broke: %s", type(error).__name__)
                yield _data(told(self._catalogue.text(language, "error_unexpected"), "server_error", "failed"))
        yield "data: [DONE]\n\n"


async def whole(said: Said) -> tuple[str, Ending]:
    """All of an answer, and how it ended."""
    pieces: list[str] = []
    async with aclosing(said):
        async for each in said:
            if isinstance(each, Ending):
                return "".join(pieces), each
            pieces.append(each)
    raise AssertionError("an answer always ends")


def _end(ending: Ending) -> dict[str, Any]:
    usage = {"input_tokens": ending.input_tokens, "output_tokens": ending.output_tokens}
    return {"model": ending.model, "finish_reason": ending.reason, "usage": usage}


def _event(each: str | Ending) -> str:
    return _data(_end(each) if isinstance(each, Ending) else {"text": each})


def _data(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value)}\n\n"


def _json(value: dict[str, Any]) -> JSONResponse:
    return JSONResponse(value, headers={"cache-control": "no-store"})
