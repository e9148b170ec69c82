"""Comparisons, votes and the leaderboard as rows of equal columns, for spreadsheets and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from chains.compared_answer import ComparedAnswer
from chains.leaderboard import Leaderboard
from safety.spreadsheet_table import csv_table
from storage.votes import Vote

Row: TypeAlias = dict[str, Any]


def comparison_rows(question: str, answers: Sequence[ComparedAnswer]) -> tuple[Row, ...]:
    """A row for each answer, as far as it came. Never before a blind vote: it names who wrote what."""
    return tuple(
        {
            "question": question,
            "contender": answer.contender.label,
            "answer": answer.text,
            "first token s": answer.first_token_s,
            "tokens per s": answer.tokens_per_second,
            "prompt tokens": answer.run.num_prompt if answer.run else None,
            "cached tokens": answer.run.num_cached if answer.run else None,
            "new tokens": answer.num_output,
            "cost usd": answer.cost.usd if answer.cost else None,
            "prices": answer.cost.source if answer.cost else None,
            "error": answer.error.key if answer.error else None,
            "is whole": answer.is_whole,
        }
        for answer in answers
    )


def vote_rows(votes: Iterable[Vote]) -> tuple[Row, ...]:
    """A row for each answer of each vote, in the order in which they were shown."""
    return tuple(
        {
            "vote": vote.id,
            "time": vote.created_at.isoformat(),
            "question": vote.question,
            "is blind": vote.is_blind,
            "place": place,
            "contender": answer.contender,
            "answer": answer.text,
            "result": _result(vote, place),
            "first token s": answer.figures.get("first_token_s"),
            "tokens per s": answer.figures.get("tokens_per_second"),
            "new tokens": answer.figures.get("num_output"),
            "cost usd": answer.figures.get("cost_usd"),
        }
        for vote in votes
        for place, answer in enumerate(vote.answers, 1)
    )


def preference_rows(votes: Iterable[Vote]) -> tuple[Row, ...]:
    """Pairs of a better and a worse answer, with the column names that programs for preference tuning read."""
    return tuple(
        {"prompt": vote.question, "chosen": vote.answers[vote.winner].text, "rejected": answer.text}
        for vote in votes
        if vote.winner is not None
        for place, answer in enumerate(vote.answers)
        if place != vote.winner
    )


def leaderboard_rows(board: Leaderboard) -> tuple[Row, ...]:
    """A row for each contender, the best first."""
    return tuple(
        {
            "rank": standing.rank,
            "contender": standing.contender,
            "rating": round(standing.rating, 1),
            "lower 95": round(standing.lower, 1),
            "upper 95": round(standing.upper, 1),
            "votes": standing.num_votes,
            "wins": standing.num_wins,
            "ties": standing.num_ties,
            "losses": standing.num_losses,
            "is provisional": board.is_provisional,
        }
        for standing in board.standings
    )


def to_csv(rows: Sequence[Row]) -> str:
    """A header and a line for each row; cells of text never become formulas. Empty when there are no rows."""
    return csv_table(list(rows[0]), (row.values() for row in rows)) if rows else ""


def to_json(rows: Sequence[Row]) -> str:
    """A list of objects, indented."""
    return json.dumps(list(rows), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _result(vote: Vote, place: int) -> str:
    """``place`` counts from 1."""
    if vote.winner is None:
        return "none good" if vote.is_none_good else "tie"
    return "win" if vote.winner == place - 1 else "loss"
