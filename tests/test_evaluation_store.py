"""Evaluations and what they gave are each owner's, and are there after the program has ended."""

from __future__ import annotations

import pytest

from errors import EvaluationNotFound
from storage.database import Database
from storage.evaluations import EvaluationStatus, EvaluationStore, StoredOutcome
from tests.databases import OpenDatabase

pytest_plugins = ["tests.storage_fixtures"]

CONTENT = {"models": ["local/a"], "task_set": {"question": "¿\x00?"}}


@pytest.fixture
def evaluations(database: Database) -> EvaluationStore:
    return EvaluationStore(database)


def test_what_came_is_there_when_the_database_is_opened_again(
    database_url: str, evaluations: EvaluationStore, open_again: OpenDatabase
) -> None:
    added = evaluations.add("ana", "facts", CONTENT, 4)
    evaluations.put_outcome("ana", added.id, StoredOutcome(1, 0, {"answer": "b"}))
    evaluations.put_outcome("ana", added.id, StoredOutcome(0, 2, {"answer": "a"}))
    again = EvaluationStore(open_again(database_url))
    (found,) = again.listed("ana")
    assert (found.name, found.num_done, found.num_outcomes, found.status) == ("facts", 2, 4, EvaluationStatus.GOING)
    assert found.updated_at > added.updated_at
    assert again.content("ana", found.id) == CONTENT
    outcomes = (StoredOutcome(0, 2, {"answer": "a"}), StoredOutcome(1, 0, {"answer": "b"}))
    assert again.outcomes("ana", found.id) == outcomes


def test_a_question_is_answered_once(evaluations: EvaluationStore) -> None:
    added = evaluations.add("ana", "facts", CONTENT, 4)
    for answer in ("first", "second"):
        evaluations.put_outcome("ana", added.id, StoredOutcome(0, 0, {"answer": answer}))
    assert evaluations.outcomes("ana", added.id) == (StoredOutcome(0, 0, {"answer": "first"}),)


def test_a_status_tells_what_went_wrong_until_it_goes_on(evaluations: EvaluationStore) -> None:
    added = evaluations.add("ana", "facts", CONTENT, 4)
    values = {"model": "openai/x"}
    failed = evaluations.set_status("ana", added.id, EvaluationStatus.FAILED, "error_model_quota_spent", values)
    assert (failed.status, failed.fault, failed.fault_values) == ("failed", "error_model_quota_spent", values)
    going = evaluations.set_status("ana", added.id, EvaluationStatus.GOING)
    assert (going.status, going.fault, going.fault_values) == ("going", None, {})


def test_those_of_everybody_that_are_to_go_on_are_told_oldest_first(evaluations: EvaluationStore) -> None:
    first, second, third = (evaluations.add(owner, "facts", CONTENT, 1) for owner in ("ana", "bea", "ana"))
    evaluations.set_status("ana", first.id, EvaluationStatus.COMPLETE)
    assert evaluations.going() == (("bea", second.id), ("ana", third.id))
    assert [one.id for one in evaluations.listed("ana")] == [third.id, first.id]


def test_what_is_another_s_is_not_there(evaluations: EvaluationStore) -> None:
    added = evaluations.add("ana", "facts", CONTENT, 1)
    for attempt in (
        lambda: evaluations.get("bea", added.id),
        lambda: evaluations.content("bea", added.id),
        lambda: evaluations.outcomes("bea", added.id),
        lambda: evaluations.put_outcome("bea", added.id, StoredOutcome(0, 0, {})),
        lambda: evaluations.set_status("bea", added.id, EvaluationStatus.STOPPED),
        lambda: evaluations.delete("bea", added.id),
    ):
        with pytest.raises(EvaluationNotFound):
            attempt()
    assert evaluations.listed("bea") == ()
    assert evaluations.get("ana", added.id) == added


def test_what_is_deleted_takes_its_outcomes_along(evaluations: EvaluationStore) -> None:
    added = evaluations.add("ana", "facts", CONTENT, 1)
    evaluations.put_outcome("ana", added.id, StoredOutcome(0, 0, {}))
    evaluations.delete("ana", added.id)
    assert evaluations.listed("ana") == ()
    assert evaluations.going() == ()
    with pytest.raises(EvaluationNotFound):
        evaluations.outcomes("ana", added.id)
