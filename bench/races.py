"""Measured against others: the classroom, the bare loop, and the conversation that grows."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Protocol

from bench.answer import Answer, ContenderFailed, Request
from bench.figures import decode_rate, hit_rate, mean_first_token_s, percentile_95, total_rate
from bench.questions import SUBJECTS, lessons, story
from bench.setup import Setup

LOCK_KEYS = ("ttft_mean_ratio_8users", "ttft_p95_ratio_8users", "throughput_ratio_8users")
SERVER_KEYS = ("server_throughput_ratio", "server_ttft_ratio")
CLASSROOM_KEYS = LOCK_KEYS + SERVER_KEYS
GROWTH_KEYS = ("prefix_hit_rate", "ttft_growth")


class Teacher(Protocol):
    """A contender that can hold a classroom."""

    def classroom(self, lessons: Sequence[Sequence[str]], max_tokens: int) -> list[list[Answer]]:
        """All readers at once; the answers of each in order."""


def measure_classroom(setup: Setup, round_index: int) -> None:
    """Eight readers, four turns each, with every contender that can stream."""
    questions = lessons(setup.plan.readers, setup.plan.lesson_turns)
    for name, teacher in _in_turn(_teachers(setup), round_index):
        answers = list(chain.from_iterable(teacher.classroom(questions, setup.plan.lesson_tokens)))
        first_token_s = [answer.first_token_s for answer in answers]
        setup.record.add(
            **{
                f"{name}__ttft_mean_s": mean_first_token_s(answers),
                f"{name}__ttft_median_s": statistics.median(first_token_s),
                f"{name}__ttft_p95_s": percentile_95(first_token_s),
                f"{name}__ttft_worst_s": max(first_token_s),
                f"{name}__tokens_per_s": total_rate(answers),
            }
        )


def _teachers(setup: Setup) -> list[tuple[str, Teacher]]:
    """Those who are here; one that cannot be had leaves the others to compete."""
    teachers: list[tuple[str, Teacher]] = [("ours", setup.ours)]
    if setup.wants(LOCK_KEYS):
        try:
            teachers.append(("lock", setup.lock))
        except ContenderFailed as error:
            setup.record.cannot(LOCK_KEYS, str(error))
    if setup.server_url is None:
        setup.record.cannot(SERVER_KEYS, "no server was named (--server URL)")
    elif setup.wants(SERVER_KEYS):
        try:
            teachers.append(("server", setup.server))
        except ContenderFailed as error:
            setup.record.cannot(SERVER_KEYS, str(error))
    return teachers


def _in_turn(teachers: list[tuple[str, Teacher]], round_index: int) -> list[tuple[str, Teacher]]:
    """Another one begins in each round, so that a machine that slows down does not favour the first."""
    first = round_index % len(teachers)
    return teachers[first:] + teachers[:first]


def measure_one_writer(setup: Setup, round_index: int) -> None:
    _race_raw(setup, 1, round_index)


def measure_eight_writers(setup: Setup, round_index: int) -> None:
    _race_raw(setup, setup.plan.readers, round_index)


def _race_raw(setup: Setup, num_writers: int, round_index: int) -> None:
    """Decoding alone, from the first token to the last, through the whole engine and in the bare loop."""
    num_tokens = setup.plan.write_tokens
    prompts = [story(subject) for subject in SUBJECTS[:num_writers]]
    requests = [Request(prompt, num_tokens, reader=str(index)) for index, prompt in enumerate(prompts)]

    def ours() -> list[Answer]:
        setup.ours.write([replace(request, max_tokens=1) for request in requests])  # the prompts, which raw reads first
        return setup.ours.write(requests)

    def raw() -> list[Answer]:
        return setup.raw.write(prompts, num_tokens)

    runs = [("ours", ours), ("raw", raw)]
    users = f"{num_writers}user{'s' if num_writers > 1 else ''}"
    for name, write in runs[:: 1 if round_index % 2 == 0 else -1]:
        setup.record.add(**{f"{name}__decode_per_s_{users}": decode_rate(write())})


def measure_growth(setup: Setup, _round_index: int) -> None:
    """Eight conversations that go on: do they stay quick, and is what was read once read again?"""
    plan = setup.plan
    conversations = setup.ours.classroom(lessons(plan.readers, plan.growth_turns), plan.growth_tokens)
    share, best_share = hit_rate(conversations)
    setup.record.add(
        ours__prefix_hit_rate=share,
        ours__prefix_hit_rate_of_an_endless_cache=best_share,
        ours__ttft_turn_2_s=mean_first_token_s([answers[1] for answers in conversations]),
        ours__ttft_last_turn_s=mean_first_token_s([answers[-1] for answers in conversations]),
    )
