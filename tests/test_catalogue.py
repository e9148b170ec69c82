"""The catalogue: every language says the same things, and says everything that the program asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import errors
from components.catalogue import DEFAULT_LANGUAGE, LANGUAGES, Catalogue, preferred_language
from errors import PortTaken, TertuliaError

ROOT = Path(__file__).parent.parent
FOLDERS = ("building", "errors", "components", "chains", "models", "rag", "agents", "playground", "storage", "safety")
KEY = re.compile(r"""["'$]((?:app|error)_[a-z0-9_]+)""")
ASKED_BY_THE_CONSOLE = ("app_cli_", "app_console_")
MADE_OF_PARTS = re.compile(r'f"(app_[a-z_]+_)\{')

catalogue = Catalogue.load()


def sources() -> Iterator[str]:
    """The program's files that may name a key."""
    paths = [ROOT / "app.py", ROOT / "settings.py"]
    for folder in FOLDERS:
        paths += [*(ROOT / folder).rglob("*.py"), *(ROOT / folder).rglob("*.html"), *(ROOT / folder).rglob("*.js")]
    return (path.read_text(encoding="utf-8") for path in paths if path.exists())


def keys_in_code() -> set[str]:
    return {key for source in sources() for key in KEY.findall(source)}


def all_errors(kind: type[TertuliaError] = TertuliaError) -> Iterator[type[TertuliaError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from all_errors(below)


def braces(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_holds_the_same_keys(language: str) -> None:
    assert catalogue.sentences[language].keys() == catalogue.sentences[DEFAULT_LANGUAGE].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_fills_the_same_braces(language: str) -> None:
    for key, sentence in catalogue.sentences[language].items():
        assert braces(sentence) == braces(catalogue.sentences[DEFAULT_LANGUAGE][key]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_written(language: str) -> None:
    for key, sentence in catalogue.sentences[language].items():
        assert sentence == sentence.strip() != "", key


def test_every_key_that_the_code_names_exists() -> None:
    known = catalogue.sentences[DEFAULT_LANGUAGE].keys()
    beginnings = {start for source in sources() for start in MADE_OF_PARTS.findall(source)}
    assert {key for key in keys_in_code() if key not in known and key not in beginnings} == set()


def test_no_key_is_left_over() -> None:
    beginnings = tuple({start for source in sources() for start in MADE_OF_PARTS.findall(source)})
    unused = catalogue.sentences[DEFAULT_LANGUAGE].keys() - keys_in_code()
    assert [key for key in sorted(unused) if not key.startswith((*ASKED_BY_THE_CONSOLE, *beginnings))] == []


@pytest.mark.parametrize("kind", [*all_errors()])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_its_sentence(kind: type[TertuliaError], language: str) -> None:
    """The values are the ones its docstring names before the colon, in double backquotes."""
    named = re.findall(r"``(\w+)``", (kind.__doc__ or "").partition(":")[0]) if kind is not TertuliaError else []
    sentence = catalogue.error(language, kind(**{name: f"<{name}>" for name in named}))
    assert "{" not in sentence
    assert all(f"<{name}>" in sentence for name in named)


def test_every_error_sentence_belongs_to_an_error() -> None:
    keys = {kind.key for kind in all_errors()}
    assert {key for key in catalogue.sentences[DEFAULT_LANGUAGE] if key.startswith("error_")} == keys


def test_values_are_filled_in() -> None:
    sentence = catalogue.error("es", PortTaken(host="127.0.0.1", port=7860))
    assert "7860" in sentence
    assert "127.0.0.1" in sentence


def test_an_unknown_key_is_a_fault() -> None:
    with pytest.raises(KeyError):
        catalogue.text("en", "app" + "_nobody_wrote_this")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("fr-FR,fr;q=0.9,es;q=0.5,en;q=0.3", "es"),
        ("en-GB,es;q=0.9", "en"),
        ("en;q=0.2,es;q=0.9", "es"),
        ("es_CL.UTF-8", "es"),
        ("de", DEFAULT_LANGUAGE),
        ("", DEFAULT_LANGUAGE),
        ("es;q=nonsense,en", "en"),
    ],
)
def test_the_best_language_is_chosen(accepted: str, language: str) -> None:
    assert preferred_language(accepted) == language


def test_the_tree_of_errors_is_drawn_in_full() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__ or "")) | {"TertuliaError"}
    assert drawn == {kind.__name__ for kind in all_errors()}


def test_two_files_of_a_language_may_not_say_the_same_key(tmp_path: Path) -> None:
    for language in LANGUAGES:
        (tmp_path / f"{language}.yaml").write_text("app_a: one\n")
        (tmp_path / f"part.{language}.yaml").write_text("app_b: two\n")
    assert Catalogue.load(tmp_path).sentences["es"] == {"app_a": "one", "app_b": "two"}
    (tmp_path / "part.es.yaml").write_text("app_a: two\n")
    with pytest.raises(ValueError, match="app_a"):
        Catalogue.load(tmp_path)
