"""An experiment's results as files for others: a program that repeats it, tables for spreadsheets, JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pprint import pformat
from typing import Any, TypeAlias

from playground.permalinks import SETTINGS, Experiment, settings_of
from playground.programs import CODE, MAIN_CODE, OPENING, OWN_FRAMES
from playground.views import (
    ComparedScores,
    NextTokenView,
    PathToken,
    ScoredText,
    ShownCandidate,
    SoftmaxNumbers,
    TextToken,
    TextTokens,
)
from safety.spreadsheet_table import csv_table

LINE_LENGTH = 110
NUM_SHOWN = 20  # candidates that a program prints of each stage

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """A result as it is to be told: ``rows`` of equal columns, and ``summary``, which is said once."""

    rows: tuple[Row, ...]
    summary: Row = field(default_factory=dict)


Seen: TypeAlias = (
    NextTokenView | tuple[PathToken, ...] | TextTokens | tuple[TextTokens, TextTokens] | ScoredText | ComparedScores
)
Result: TypeAlias = Seen | Table


def to_python(experiment: Experiment) -> str:
    """A program that does ``experiment`` again with the engine and LangChain, and prints the same numbers.

    What people wrote stands in it as literals of text, and nowhere else.
    """
    literals = "\n".join(f"{name} = {_literal(value)}" for name, value in _constants(experiment).items())
    opening, main = OWN_FRAMES.get(experiment.panel, (OPENING, MAIN_CODE))
    frames = (opening, literals, CODE[experiment.panel], main)
    return "\n\n\n".join(frame.strip() for frame in frames) + "\n"


def to_csv(result: Result) -> str:
    """A row for each token, a header above; cells of text never become formulas."""
    rows = list(_rows(result))
    return csv_table(list(rows[0]), (row.values() for row in rows)) if rows else ""


def to_json(experiment: Experiment, result: Result) -> str:
    """The settings and the numbers, indented. ``bytes`` are numbers beside their ``text``, which shows what it can."""
    told = {"experiment": settings_of(experiment), **_summary(result), "rows": list(_rows(result))}
    return json.dumps(_finite(told), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _finite(told: Any) -> Any:
    """JSON knows no infinity: the logit of what may never be written is null."""
    if isinstance(told, float) and not math.isfinite(told):
        return None
    if isinstance(told, dict):
        return {name: _finite(value) for name, value in told.items()}
    return [_finite(value) for value in told] if isinstance(told, list | tuple) else told


# --- the program ------------------------------------------------------------------------------------------------------


def _constants(experiment: Experiment) -> Row:
    if experiment.panel in ("tokens", "score"):
        return {"TEXTS": [text for text in (experiment.text, experiment.other_text) if text]}
    sampling = {name: getattr(experiment.sampling, name) for name in SETTINGS}
    options = (
        {"num_shown": NUM_SHOWN} if experiment.options is None else experiment.options.model_dump(exclude={"kind"})
    )
    told: Row = {"MODEL": experiment.model, "TEXT": experiment.text}
    if experiment.panel not in OWN_FRAMES:  # what only the local model can be held to
        told |= {"IS_CHAT": experiment.is_chat, "PATH": experiment.path}
        told |= {"SAMPLING": sampling, "ORDER": experiment.order.value}
    return told | {name.upper(): value for name, value in options.items()}


def _literal(value: Any) -> str:
    """``value`` in Python's own notation: quotes, line ends and whatever cannot be seen are escaped in it."""
    return pformat(value, width=LINE_LENGTH, sort_dicts=False)


# --- the tables -------------------------------------------------------------------------------------------------------


def _rows(result: Result) -> Iterator[Row]:
    if isinstance(result, Table):
        return iter(result.rows)
    if isinstance(result, NextTokenView):
        names = [stage.name for stage in result.stages]
        return (_candidate_row(candidate, names) for candidate in result.candidates)
    if isinstance(result, ComparedScores):
        return _numbered(result.texts)
    if isinstance(result, TextTokens | ScoredText):
        return _text_rows(result)
    steps = [part for part in result if isinstance(part, PathToken)]
    if steps:
        return ({**_token(token), "probability": token.probability} for token in steps)
    return _numbered(part for part in result if isinstance(part, TextTokens))


def _candidate_row(candidate: ShownCandidate, stages: Sequence[str]) -> Row:
    after = {f"after {name}": share for name, share in zip(stages[1:], candidate.after[1:], strict=True)}
    model = {"logit": candidate.logit, "probability": candidate.probability}
    return {**_token(candidate), **model, **after, "cut by": candidate.cut_by or ""}


def _numbered(texts: Iterable[TextTokens | ScoredText]) -> Iterator[Row]:
    return ({"number": number, **row} for number, text in enumerate(texts, 1) for row in _text_rows(text))


def _text_rows(text: TextTokens | ScoredText) -> Iterator[Row]:
    if isinstance(text, TextTokens):
        return (_token(token) for token in text.tokens)
    pairs = zip(text.tokens, text.log_probabilities, strict=True)
    return ({**_token(token), **_likelihood(log_probability)} for token, log_probability in pairs)


def _likelihood(log_probability: float | None) -> Row:
    probability = None if log_probability is None else math.exp(log_probability)
    return {"log-probability": log_probability, "probability": probability}


def _token(token: TextToken | PathToken | ShownCandidate) -> Row:
    shown = token.token_bytes.decode(errors="replace")
    return {"id": token.token_id, "text": shown, "bytes": token.token_bytes.hex(" ")}


# --- what is said once ------------------------------------------------------------------------------------------------


def _summary(result: Result) -> Row:
    if isinstance(result, Table):
        return result.summary
    if isinstance(result, NextTokenView):
        stages = [vars(stage) for stage in result.stages]
        return {"num_tokens": result.num_tokens, "stages": stages, "softmax": _formula(result.softmax)}
    if isinstance(result, ComparedScores):
        return {"texts": [_of_text(text) for text in result.texts], "log_ratio": result.log_ratio}
    if isinstance(result, TextTokens | ScoredText):
        return {"texts": [_of_text(result)]}
    texts = [_of_text(text) for text in result if isinstance(text, TextTokens)]
    return {"texts": texts} if texts else {}


def _formula(softmax: SoftmaxNumbers) -> Row:
    numbers = {name: value for name, value in vars(softmax).items() if not name.startswith("token_")}
    return {"id": softmax.token_id, **numbers}


def _of_text(text: TextTokens | ScoredText) -> Row:
    return {name: value for name, value in vars(text).items() if name not in ("tokens", "log_probabilities")}
