"""The sources below an answer of the agent: the named ones first, each by the host it leads to."""

from __future__ import annotations

import pytest

from agents.sources import Source
from tests.agent_traces import FOUND, SEARCH, SOURCES, TRACES, traced
from tests.html_reader import Element
from tests.test_agent_trace import read, say


def chips(root: Element) -> list[tuple[str, str]]:
    return [
        (element.attributes["data-source"], element.inside[0].attributes.get("href", ""))
        for element in root.all()
        if "data-source" in element.attributes
    ]


def test_named_sources_come_first() -> None:
    root = read(TRACES["done"])
    assert chips(root) == [
        ("1", "https://es.wikipedia.org/wiki/Boric"),
        ("3", ""),
        ("2", "https://www.gob.cl/a?b=1&c=2"),
    ]
    assert root.one(data_fold="others").inside[0].text == say("app_trace_sources_others", count=1)
    assert "es.wikipedia.org · 2026-03-11" in root.one(data_source="1").text
    assert say("app_trace_own_documents") in root.one(data_source="3").text


def test_a_source_is_shown_by_the_host_it_leads_to() -> None:
    lying = Source("Bank", "", "https://evil.example/", "bank.example", number=1)
    text = read(traced(sources=(lying,))).one(data_source="1").text
    assert "evil.example" in text
    assert "bank.example" not in text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a@evil.example"])
def test_other_addresses_are_no_links(url: str) -> None:
    assert chips(read(traced(sources=(Source("x", "", url, number=1),)))) == [("1", "")]


def test_without_sources_there_is_nothing_below() -> None:
    assert read(traced(SEARCH, FOUND, sources=())).all(class_="tr-below") == []
    assert len(read(traced(SEARCH, FOUND, sources=SOURCES)).all(class_="tr-below")) == 1
