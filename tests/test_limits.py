"""What each visitor may have: counting, the rules in force, and that every question to a model is counted."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.catalogue import LANGUAGES, Catalogue
from components.entrance import Entrance
from components.house_rules import HouseRules, read_rules
from components.metrics import Refusal
from components.operator_limits import OperatorLimits
from components.owner import OWNER_COOKIE, OwnerCookie
from components.visitors import Asker, Count, Visitors, is_a_turn, told_wait
from errors import (
    AddressesNotAllowed,
    AddressesUsedUp,
    KeyNotLent,
    LimitInvalid,
    QuestionRefused,
    QueueFull,
    TurnsUsedUp,
    TurnUnderWay,
    UploadsNotAllowed,
    UploadsUsedUp,
)
from safety.policy import POLICIES, VISITORS_AN_ADDRESS, Policy, Reach
from safety.tally import Tally
from tests.html_reader import read_html

ANA, EVA = Asker("ana", "203.0.113.1"), Asker("eva", "203.0.113.2")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def visitors_under(policy: Policy, clock: Clock, num_at_once: int = 8) -> Visitors:
    rules = HouseRules(Reach.SPACE)
    rules.change(policy)
    return Visitors(rules, num_at_once, clock)


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 8))
def test_no_window_ever_holds_more_than_the_limit(pauses: list[float], most: int) -> None:
    clock, taken = Clock(), list[float]()
    tally = Tally(60, clock=clock)
    for pause in pauses:
        clock.now += pause
        wait = tally.wait("a", most)
        if not wait:
            tally.add("a")
            taken.append(clock.now)
        else:
            clock.now += wait
            assert not tally.wait("a", most), "as long as was told"
        assert sum(clock.now - 60 < moment <= clock.now for moment in taken) <= most


def test_keys_are_forgotten_those_used_longest_ago_first() -> None:
    tally = Tally(60, max_keys=2, clock=Clock())
    for key in "abc":
        tally.add(key)
    assert len(tally) == 2
    assert not tally.wait("a", 1)
    assert tally.wait("c", 1)


def test_questions_are_counted_for_each_visitor_and_freed_with_time() -> None:
    clock = Clock()
    visitors = visitors_under(Policy(turns_a_minute=2, turns_a_day=3), clock)
    for _ in range(2):
        with visitors.turn(ANA):
            pass
    with pytest.raises(TurnsUsedUp) as refused, visitors.turn(ANA):
        pass
    assert refused.value.values == {"most": 2, "wait": "60 s"}
    with visitors.turn(EVA):
        pass
    clock.now += 60
    with visitors.turn(ANA):
        pass
    clock.now += 60
    with pytest.raises(TurnsUsedUp) as refused, visitors.turn(ANA):
        pass
    assert refused.value.values == {"most": 3, "wait": "24 h"}


def test_whoever_takes_new_cookies_is_counted_by_address() -> None:
    visitors = visitors_under(Policy(turns_a_minute=1), Clock())
    for number in range(VISITORS_AN_ADDRESS):
        with visitors.turn(Asker(f"new {number}", ANA.address)):
            pass
    with pytest.raises(TurnsUsedUp), visitors.turn(Asker("one more", ANA.address)):
        pass


def test_one_question_at_a_time_and_none_where_many_wait() -> None:
    visitors = visitors_under(Policy(), Clock())
    with visitors.turn(ANA):
        with pytest.raises(TurnUnderWay), visitors.turn(ANA):
            pass
        with visitors.turn(EVA):
            pass
    with visitors.turn(ANA):
        pass


def test_two_hundred_at_once_have_a_place_or_are_refused() -> None:
    crowded = visitors_under(Policy(waiting_turns=32), Clock(), num_at_once=8)
    num_refused = 0
    with ExitStack() as turns:
        for number in range(200):
            try:
                turns.enter_context(crowded.turn(Asker(f"visitor {number}", f"203.0.113.{number}")))
            except QueueFull:
                num_refused += 1
    assert num_refused == 200 - 8 - 32
    with crowded.turn(ANA):
        pass


def test_files_and_addresses_are_taken_all_or_none() -> None:
    visitors = visitors_under(Policy(uploads_an_hour=3, addresses_an_hour=1), Clock())
    visitors.take(Count.UPLOAD, ANA, 2)
    with pytest.raises(UploadsUsedUp):
        visitors.take(Count.UPLOAD, ANA, 2)
    visitors.take(Count.UPLOAD, ANA)
    visitors.take(Count.ADDRESS, ANA)
    with pytest.raises(AddressesUsedUp):
        visitors.take(Count.ADDRESS, ANA)
    closed = visitors_under(Policy(allows_uploads=False, allows_addresses=False), Clock())
    for count, error in ((Count.UPLOAD, UploadsNotAllowed), (Count.ADDRESS, AddressesNotAllowed)):
        with pytest.raises(error):
            closed.take(count, ANA)


def test_this_machine_alone_is_not_limited() -> None:
    visitors = Visitors.unlimited()
    for _ in range(500):
        with visitors.turn(ANA), visitors.turn(ANA):
            pass
    assert POLICIES[Reach.LOCAL] == Policy()


def test_rules_are_kept_for_each_reach_and_a_link_is_the_strictest(tmp_path: Path) -> None:
    path, link = tmp_path / "operator.json", list[int]()
    rules = HouseRules(Reach.NETWORK, path, lambda: bool(link))
    rules.change(Policy(turns_a_minute=7))
    link.append(1)
    assert rules.reach is Reach.SHARED
    assert rules.policy == replace(POLICIES[Reach.SHARED], turns_a_minute=7)
    link.clear()
    again = HouseRules(Reach.NETWORK, path)
    assert again.policy == Policy(turns_a_minute=7)
    assert HouseRules(Reach.SPACE, path, lambda: True).reach is Reach.SPACE


@pytest.mark.parametrize(
    "content", ["", "[1]", '{"moon": {}}', '{"local": {"turns_a_day": -1}}', '{"local": {"x": 1}}']
)
def test_damaged_rules_are_set_aside(tmp_path: Path, content: str) -> None:
    path = tmp_path / "operator.json"
    path.write_text(content)
    assert HouseRules(Reach.SPACE, path).policy == POLICIES[Reach.SPACE]
    assert path.with_suffix(".damaged").read_text() == content
    assert not path.exists()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_operator_changes_the_rules(tmp_path: Path, language: str) -> None:
    rules = HouseRules(Reach.SPACE, tmp_path / "operator.json")
    section = OperatorLimits(rules, Catalogue.load())
    inputs = [each.attributes for each in read_html(section.html(language)).all() if each.tag == "input"]
    fields = {told["name"]: told for told in inputs}
    assert fields["turns_a_minute"]["value"] == "10"
    assert "checked" in fields["allows_uploads"]
    ticked = {name: told for name, told in fields.items() if told["type"] != "checkbox" or "checked" in told}
    form = {name: told.get("value", "on") for name, told in ticked.items()} | {"turns_a_minute": "3"}
    del form["allows_uploads"]
    assert await section.act(form, language)
    assert (rules.policy.turns_a_minute, rules.policy.turns_a_day, rules.policy.allows_uploads) == (3, 100, False)
    assert json.loads((tmp_path / "operator.json").read_text()) == {
        "space": {"turns_a_minute": 3, "allows_uploads": False}
    }
    for value in ("", "-1", "1.5", "²", "9" * 30):
        with pytest.raises(LimitInvalid):
            await section.act(form | {"turns_a_day": value}, language)


async def test_a_handler_counts_until_it_ends() -> None:
    owners = OwnerCookie(b"a secret of the tests alone, of enough bytes")
    entrance, visitors = Entrance(owners), visitors_under(Policy(turns_a_minute=9), Clock())
    room = SimpleNamespace(services=SimpleNamespace(owners=owners, entrance=entrance, visitors=visitors))

    @is_a_turn
    async def handler(room: Any, request: gr.Request) -> AsyncGenerator[dict[Any, Any], None]:
        yield {"state": 1}
        yield {"state": 2}

    cookies = {OWNER_COOKIE: owners.new_value()}
    request: Any = gr.Request()
    request.cookies, request.headers, request.client = cookies, {}, SimpleNamespace(host="203.0.113.9")
    first = handler(room, request)
    assert await anext(first) == {"state": 1}
    with pytest.raises(TurnUnderWay):
        await anext(handler(room, request))
    assert [state async for state in first] == [{"state": 2}]
    assert await anext(handler(room, request)) == {"state": 1}


def test_no_rule_holds_for_the_operator_and_keys_are_lent_by_rule() -> None:
    rules = HouseRules(Reach.SPACE)
    visitors = Visitors(rules, clock=Clock(), is_operator=lambda owner: owner == EVA.owner)
    rules.change(Policy(turns_a_minute=1, allows_uploads=False, allows_addresses=False, allows_operator_keys=False))
    for _ in range(3):
        with visitors.turn(EVA), visitors.turn(EVA):
            visitors.take(Count.UPLOAD, EVA, 500)
    visitors.check_lent(EVA.owner, "openai/own")
    assert visitors.allows_addresses(EVA.owner)
    with pytest.raises(KeyNotLent):
        visitors.check_lent(ANA.owner, "openai/own")
    assert not visitors.allows_addresses(ANA.owner)
    rules.change(Policy())
    visitors.check_lent(ANA.owner, "openai/own")


@pytest.mark.parametrize("reach", Reach)
def test_what_is_given_is_the_usual_everywhere_and_the_page_goes_over_it(tmp_path: Path, reach: Reach) -> None:
    given = read_rules("turns_a_day=7, allows_operator_keys=1,")
    assert given == {"turns_a_day": 7, "allows_operator_keys": True}
    rules = HouseRules(reach, tmp_path / "operator.json", given=given)
    assert rules.policy == replace(POLICIES[reach], **given)
    rules.change(replace(rules.policy, turns_a_day=0))
    assert HouseRules(reach, tmp_path / "operator.json", given=given).policy.turns_a_day == 0


@pytest.mark.parametrize(
    "text", ["turns_a_day", "turns_a_day=-1", "turns=1", "allows_uploads=2", "turns_a_day=9999999"]
)
def test_rules_that_are_none_are_told(text: str) -> None:
    with pytest.raises(ValueError, match="is none of turns_a_minute"):
        read_rules(text)


def test_refusals_are_told_to_whoever_watches() -> None:
    heard: list[Refusal] = []
    visitors = Visitors(HouseRules(Reach.SPACE), 0, Clock(), on_refused=heard.append)
    visitors.rules.change(Policy(turns_a_minute=1, waiting_turns=1))
    with visitors.turn(ANA):
        for asker, error in ((ANA, TurnUnderWay), (EVA, QueueFull)):
            with pytest.raises(error), visitors.turn(asker):
                pass
    with pytest.raises(TurnsUsedUp), visitors.turn(ANA):
        pass
    with pytest.raises(QuestionRefused), visitors.turn(EVA):
        raise QuestionRefused(sentence="no")
    assert heard == [Refusal.LIMIT, Refusal.BUSY, Refusal.LIMIT, Refusal.FILTER]


def test_strangers_are_lent_no_key_unless_the_operator_says_so() -> None:
    lending = {reach for reach, policy in POLICIES.items() if policy.allows_operator_keys}
    assert lending == {Reach.LOCAL, Reach.NETWORK}


def test_waits_are_told_shortly() -> None:
    assert [told_wait(seconds) for seconds in (1, 119, 120, 7_199, 7_200)] == [
        "1 s",
        "119 s",
        "2 min",
        "120 min",
        "2 h",
    ]
