"""One row of logits as people see it: its candidates through every stage, and the formula with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.next_token import NextRow
from models.sampling import SamplingParams
from playground.chain import Order, StageResult, difference, stages
from playground.cuts import Candidates, add_biases, penalize
from playground.measures import Ids, best
from playground.positions import Position
from playground.views import (
    NextTokenView,
    OrderDifference,
    ShownCandidate,
    SoftmaxNumbers,
    StageSummary,
    TextToken,
)

MAX_DIFFERENT = 8  # tokens shown of those that only one order keeps


@dataclass(frozen=True)
class ChainSettings:
    """How a token is chosen: the stages' settings (their ``seed`` draws, None is 0) and the stages' order."""

    sampling: SamplingParams
    order: Order = Order.ENGINE


@dataclass(frozen=True)
class Shown:
    """``num`` candidates of the model and as many of the chain; ``chosen`` too, whose formula is shown.

    None chooses the likeliest that is left.
    """

    num: int = 20
    chosen: int | None = None


def chain_of(row: NextRow, settings: ChainSettings) -> tuple[StageResult, ...]:
    """Every stage over ``row``, what the model's file forbids left out as the engine leaves it out."""
    return stages(row.logits, row.prompt_ids, _engine_sampling(row, settings.sampling), settings.order)


def next_token_view(row: NextRow, position: Position, settings: ChainSettings, shown: Shown) -> NextTokenView:
    """``row`` was read at ``position``."""
    results = chain_of(row, settings)
    chosen = shown.chosen if shown.chosen is not None else int(results[-1].probabilities.argmax())
    return NextTokenView(
        position=position,
        order=settings.order,
        num_tokens=len(row.prompt_ids),
        stages=tuple(_summary(result) for result in results),
        candidates=_candidates(row, results, _shown_ids(row, results[-1], shown.num, chosen)),
        softmax=_softmax_numbers(row, settings.sampling, results[-1], chosen),
        difference=_difference(row, settings, results),
    )


def _engine_sampling(row: NextRow, sampling: SamplingParams) -> SamplingParams:
    forbidden = dict.fromkeys(row.vocabulary.suppressed_ids, float("-inf"))
    return sampling.model_copy(update={"logit_bias": sampling.logit_bias | forbidden}) if forbidden else sampling


def _summary(result: StageResult) -> StageSummary:
    return StageSummary(result.name, len(result.ids), result.mass, result.bits, result.effective_number)


def _shown_ids(row: NextRow, last: StageResult, num: int, chosen: int) -> list[int]:
    """In the model's order, so that a candidate stays where it is while settings move."""
    left = last.ids[best(last.probabilities[last.ids], num)]
    ids = {chosen, *best(row.logits, num).tolist(), *left.tolist()}
    return sorted(ids, key=lambda token_id: (-row.logits[token_id], token_id))


def _candidates(row: NextRow, results: Sequence[StageResult], ids: list[int]) -> tuple[ShownCandidate, ...]:
    is_left = np.array([_mask(result.ids, len(row.logits))[ids] for result in results])
    after = np.array([result.probabilities[ids] for result in results])
    at_risk = {int(token_id) for result in results for token_id in result.at_risk}
    return tuple(
        ShownCandidate(
            token_id=token_id,
            token_bytes=row.vocabulary.token_bytes[token_id],
            logit=float(row.logits[token_id]),
            probability=float(after[0, place]),
            after=tuple(after[:, place].tolist()),
            cut_by=next(
                (result.name for left, result in zip(is_left[:, place], results, strict=True) if not left), None
            ),
            is_at_risk=token_id in at_risk,
        )
        for place, token_id in enumerate(ids)
    )


def _mask(ids: Ids, num: int) -> NDArray[np.bool_]:
    mask = np.zeros(num, bool)
    mask[ids] = True
    return mask


def _softmax_numbers(row: NextRow, sampling: SamplingParams, last: StageResult, token_id: int) -> SoftmaxNumbers:
    logits = _penalized(row, sampling)
    left = logits[last.ids]
    best_logit = float(left.max())
    is_left = bool((last.ids == token_id).any())
    numerator, denominator = float(is_left), None
    if sampling.temperature:
        with np.errstate(under="ignore"):
            denominator = float(np.exp((left - best_logit) / sampling.temperature).sum())
            numerator *= float(np.exp(min(0.0, (logits[token_id] - best_logit) / sampling.temperature)))
    return SoftmaxNumbers(
        token_id=token_id,
        token_bytes=row.vocabulary.token_bytes[token_id],
        logit=float(logits[token_id]),
        best_logit=best_logit,
        temperature=sampling.temperature,
        numerator=numerator,
        denominator=denominator,
        num_terms=len(last.ids),
        probability=numerator / (denominator or 1.0),
    )


def _penalized(row: NextRow, sampling: SamplingParams) -> NDArray[np.float64]:
    left = Candidates.of(row.logits)
    sampling = _engine_sampling(row, sampling)
    if sampling.logit_bias:
        left = add_biases(left, sampling.logit_bias)
    if sampling.has_penalties:
        left = penalize(left, row.prompt_ids, sampling)
    return left.logits.astype(np.float64)


def _difference(row: NextRow, settings: ChainSettings, results: Sequence[StageResult]) -> OrderDifference | None:
    if not _order_matters(settings.sampling):
        return None
    other_order = Order.TEXTBOOK if settings.order is Order.ENGINE else Order.ENGINE
    chains = {settings.order: results, other_order: chain_of(row, replace(settings, order=other_order))}
    engine, textbook = chains[Order.ENGINE], chains[Order.TEXTBOOK]
    found = difference(engine, textbook)
    if not found.total_variation and not len(found.only_first) and not len(found.only_second):
        return None
    return OrderDifference(
        only_engine=_likeliest(row, found.only_first),
        only_textbook=_likeliest(row, found.only_second),
        num_only_engine=len(found.only_first),
        num_only_textbook=len(found.only_second),
        total_variation=found.total_variation,
    )


def _order_matters(sampling: SamplingParams) -> bool:
    """It costs as much as the view itself to find out by trying."""
    has_shares = sampling.top_p < 1 or sampling.min_p > 0 or sampling.has_xtc
    is_warmed = sampling.temperature not in (0, 1)
    return not sampling.is_greedy and (sampling.typical_p < 1 or (is_warmed and has_shares))


def _likeliest(row: NextRow, ids: Ids) -> tuple[TextToken, ...]:
    places = best(row.logits[ids], MAX_DIFFERENT)
    return tuple(TextToken(int(token_id), row.vocabulary.token_bytes[token_id]) for token_id in ids[places])
