"""What is taken away holds no personal data where that is asked for, and can still be imported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chains.exports.conversation_json import from_json
from chains.exports.without_personal import hidden_file, hiding_as
from chains.template_library import templates_from_yaml, templates_to_yaml
from chains.templates import TemplateSpec
from components.catalogue import LANGUAGES
from components.downloads import download_routes
from components.owner import OWNER_COOKIE
from safety.personal_data import Kind
from tests.room_visitor import Visitor

EMAIL, CARD = "ana.perez@ejemplo.cl", "4111 1111 1111 1111"
QUESTION = f"Write to {EMAIL} about {CARD}."
SPELLED = {"md": "text/markdown", "json": "application/json", "py": "text/x-python"}


@pytest.fixture
async def ana(tmp_path: Path) -> Visitor:
    ana = Visitor(tmp_path)
    await ana.send(QUESTION)
    ana.services.chat.notes.add(ana.owner, f"I am {EMAIL}")
    return ana


def taken(ana: Visitor, kind: str, *, hide: bool, language: str = "en") -> str:
    with TestClient(Starlette(routes=download_routes(ana.services))) as client:
        client.cookies = {OWNER_COOKIE: ana.request.cookies[OWNER_COOKIE], "tertulia_language": language}
        answer = client.get(f"/conversations/{ana.id}/export.{kind}", params={"hide": "1"} if hide else {})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(SPELLED[kind])
    return answer.text


@pytest.mark.parametrize("kind", ["md", "json", "py"])
async def test_a_conversation_is_taken_away_without_them(ana: Visitor, kind: str) -> None:
    open_one, hidden = taken(ana, kind, hide=False), taken(ana, kind, hide=True)
    assert EMAIL in open_one
    assert EMAIL not in hidden
    assert CARD not in hidden
    assert "[e-mail]" in hidden
    assert "[correo]" in taken(ana, kind, hide=True, language="es")
    if kind == "py":
        compile(hidden, "program.py", "exec")


async def test_what_was_hidden_is_imported_again(ana: Visitor) -> None:
    imported = from_json(taken(ana, "json", hide=True))
    assert imported.messages[0].text == "Write to [e-mail] about [card]."
    assert imported.records == {}, "they hold the prompt, token by token"
    assert from_json(taken(ana, "json", hide=False)).records


def test_templates_stay_templates() -> None:
    spec = TemplateSpec(id="t1", name="Letter", system=f"Answer as {EMAIL}: [briefly]")
    text = templates_to_yaml([spec])
    (found,) = templates_from_yaml(hidden_file(text, "yaml", hiding_as({"email": "e-mail"})))
    assert found.system == "Answer as [e-mail]: [briefly]"


def test_tables_are_hidden_too() -> None:
    hide = hiding_as({})
    rows = [{"question": QUESTION, "model": "openai/ana@b.cl", "seconds": 1.5}]
    told = json.loads(hidden_file(json.dumps(rows), "json", hide))
    assert told == [{"question": "Write to [e-mail] about [card].", "model": "openai/ana@b.cl", "seconds": 1.5}]
    assert EMAIL not in hidden_file(f"question,seconds\n{QUESTION},1.5\n", "csv", hide)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_kind_has_its_word(ana: Visitor, language: str) -> None:
    words = [ana.services.catalogue.text(language, f"app_personal_{kind}") for kind in Kind]
    assert len(set(words)) == len(words)
