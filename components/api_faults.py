"""What programs are told when something is wrong, in the form that OpenAI's clients know."""

from __future__ import annotations

from typing import TypeAlias

from starlette.responses import JSONResponse

from components.catalogue import Catalogue
from errors import (
    EngineBusy,
    EngineError,
    ModelError,
    ModelKeyMissing,
    ModelPackageMissing,
    ModelQuotaSpent,
    ModelUnknown,
    RequestError,
    TertuliaError,
)

SECONDS_TO_WAIT = 5
INVALID = "invalid_request_error"
# The first that fits: status, type and code.
FAULTS: tuple[tuple[type[TertuliaError], int, str, str], ...] = (
    (ModelUnknown, 404, INVALID, "model_not_found"),
    (ModelKeyMissing, 404, INVALID, "model_not_found"),
    (ModelPackageMissing, 404, INVALID, "model_not_found"),
    (RequestError, 400, INVALID, "invalid_request"),
    (ModelQuotaSpent, 429, "rate_limit_error", "quota_spent"),
    (ModelError, 502, "server_error", "model_failed"),
    (EngineBusy, 503, "server_error", "busy"),
    (EngineError, 503, "server_error", "model_failed"),
)


Told: TypeAlias = dict[str, object]


def told(message: str, kind: str = INVALID, code: str = "invalid_request", param: str | None = None) -> Told:
    """The object that tells a fault."""
    return {"error": {"message": message, "type": kind, "code": code, "param": param}}


def fault_of(error: TertuliaError, catalogue: Catalogue, language: str) -> tuple[int, Told]:
    """The status and the object that tell ``error``."""
    sentence = catalogue.error(language, error)
    for kind, status, name, code in FAULTS:
        if isinstance(error, kind):
            return status, told(sentence, name, code)
    return 500, told(sentence, "server_error", "failed")


def refused(status: int, body: Told, seconds: int = SECONDS_TO_WAIT) -> JSONResponse:
    """The answer that tells a fault; ``seconds`` are to be waited before another try, where that may help."""
    headers = {"cache-control": "no-store"}
    if status in (429, 503):
        headers["retry-after"] = str(seconds)
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return JSONResponse(body, status, headers=headers)
