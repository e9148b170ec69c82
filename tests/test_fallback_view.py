"""The glass box tells which models gave no answer, why, and which one did."""

from __future__ import annotations

import pytest

from chains.fallback import OUTAGES
from chains.run_record import MissedModel, RunRecord
from components.local_text import LocalText
from components.run_figures import WHY_MISSED, run_figures
from errors import ModelQuotaSpent, PromptTooLong
from tests.html_reader import read_html
from tests.page_reader import catalogue


def figures(run: RunRecord, language: str) -> dict[str, str]:
    (shown,) = read_html(run_figures(run, LocalText(catalogue, language))).all(class_="gb-figures")
    return {name.text: value.text for name, value in (row.inside for row in shown.inside)}


def test_every_reason_to_go_on_to_another_model_has_its_words() -> None:
    assert set(WHY_MISSED) == {error.key for error in (*OUTAGES, PromptTooLong)}


@pytest.mark.parametrize(
    ("language", "name", "why"),
    [("en", "Did not answer", "google/<b>: takes no more requests for now (1.5 s)"),
     ("es", "No respondieron", "google/<b>: no acepta más solicitudes por ahora (1,5 s)")],
)  # fmt: skip
def test_models_that_were_missed_are_told_with_the_reason(language: str, name: str, why: str) -> None:
    missed = (MissedModel(model="google/<b>", error=ModelQuotaSpent.key, seconds=1.46),)
    shown = figures(RunRecord(model="local/second", missed=missed), language)
    assert (shown[name], shown[{"en": "Model", "es": "Modelo"}[language]]) == (why, "local/second")


def test_a_reason_of_another_version_is_told_in_general() -> None:
    missed = (MissedModel(model="a", error="error_of_tomorrow", seconds=0.0),)
    assert "it could not answer" in figures(RunRecord(model="b", missed=missed), "en")["Did not answer"]


def test_where_nobody_was_missed_nothing_is_said() -> None:
    assert "Did not answer" not in figures(RunRecord(model="b"), "en")
