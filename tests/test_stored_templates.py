"""Owners' own prompt templates, in either database."""

from __future__ import annotations

import pytest

from errors import TemplateNotFound
from storage.database import Database
from storage.templates import TemplateStore

pytest_plugins = ["tests.storage_fixtures"]


@pytest.fixture
def templates(database: Database) -> TemplateStore:
    return TemplateStore(database)


def test_templates_are_listed_oldest_first(templates: TemplateStore) -> None:
    first, second = templates.put("ana", {"name": "A", "text": "{topic}\x00"}), templates.put("ana", {"steps": [1]})
    assert templates.listed("ana") == (first, second)
    assert first.content == {"name": "A", "text": "{topic}\x00"}


def test_new_content_takes_the_place_of_the_old(templates: TemplateStore) -> None:
    old, other = templates.put("ana", {"name": "old"}), templates.put("ana", {"name": "other"})
    new = templates.put("ana", {"name": "new"}, old.id)
    assert templates.listed("ana") == (new, other)
    assert (new.id, new.created_at) == (old.id, old.created_at)
    assert new.updated_at > old.updated_at


def test_a_deleted_template_is_gone(templates: TemplateStore) -> None:
    template = templates.put("ana", {})
    templates.delete("ana", template.id)
    assert templates.listed("ana") == ()
    with pytest.raises(TemplateNotFound):
        templates.put("ana", {}, template.id)


@pytest.mark.parametrize("is_unknown", [False, True])
def test_anothers_template_looks_like_none(templates: TemplateStore, is_unknown: bool) -> None:
    template = templates.put("ana", {"name": "private"})
    template_id = "\x00no such" if is_unknown else template.id
    with pytest.raises(TemplateNotFound):
        templates.put("eve", {"name": "mine"}, template_id)
    with pytest.raises(TemplateNotFound):
        templates.delete("eve", template_id)
    assert templates.listed("eve") == ()
    assert templates.listed("ana") == (template,)
