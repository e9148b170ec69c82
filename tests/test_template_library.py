from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.options import SamplingChoice
from chains.template_library import (
    MAX_FILE_CHARACTERS,
    TemplateLibrary,
    fit_to_keep,
    templates_from_yaml,
    templates_to_yaml,
)
from chains.templates import Example, StepSpec, TemplateSpec, Variable
from components.catalogue import LANGUAGES
from errors import TemplateInvalid, TemplateNotFound, TemplateTooLarge

LIBRARY = TemplateLibrary.load()
ANSWERS = {"question": "Why?", "context": "Ice floats.", "text": "Long.", "content": "owls", "adjective": "sad"}
HEADER = "format: tertulia.templates\nversion: 1\ntemplates:\n"
TEXT = st.text(max_size=60)
SPECS = st.builds(
    TemplateSpec,
    id=TEXT,
    name=TEXT.map(lambda text: f"n{text}"),
    description=TEXT,
    system=TEXT,
    template=TEXT.map(lambda text: text.replace("{", "{{").replace("}", "}}") + " {question} {año}"),
    variables=st.tuples(st.builds(Variable, name=st.just("año"), label=TEXT, default=TEXT, is_long=st.booleans())),
    examples=st.tuples(st.builds(Example, question=TEXT, answer=TEXT)),
    steps=st.tuples(st.builds(StepSpec, name=TEXT, prompt=st.just("{previous}\n{question}"))),
    sampling=st.builds(dict, temperature=st.floats(0, 5), seed=st.integers(0, 99), stop=st.just(["\n", "no", "1"])),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_same_templates(language: str) -> None:
    assert [spec.id for spec in LIBRARY.listed(language)] == [spec.id for spec in LIBRARY.listed("en")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_template_works_and_says_what_it_is(language: str) -> None:
    for spec in LIBRARY.listed(language):
        assert spec.id
        assert spec.name
        assert spec.description
        SamplingChoice.model_validate(spec.sampling)
        assert "{" not in spec.asked(ANSWERS)
        for step in spec.steps:
            assert "{" not in spec.step_prompt(step, ANSWERS, "before")


@pytest.mark.parametrize("template_id", [spec.id for spec in LIBRARY.listed("en")])
def test_a_template_is_built_alike_in_each_language(template_id: str) -> None:
    def shape(spec: TemplateSpec) -> object:
        names = [(variable.name, variable.is_long) for variable in spec.variables]
        return names, len(spec.examples), len(spec.steps), spec.asks_question, spec.sampling.get("temperature")

    assert shape(LIBRARY.get("es", template_id)) == shape(LIBRARY.get("en", template_id))


def test_the_joke_needs_no_question() -> None:
    joke = LIBRARY.get("en", "joke")
    assert not joke.asks_question
    assert joke.asked({"adjective": "sad", "content": "owls"}) == "Tell me a sad joke about owls"


def test_an_unknown_template_is_not_found() -> None:
    with pytest.raises(TemplateNotFound):
        LIBRARY.get("en", "nobody")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_library_can_be_exported_and_imported(language: str) -> None:
    assert templates_from_yaml(templates_to_yaml(LIBRARY.listed(language))) == LIBRARY.listed(language)


@given(st.lists(SPECS, min_size=1, max_size=3))
def test_any_templates_come_back_from_their_file(specs: list[TemplateSpec]) -> None:
    kept = tuple(fit_to_keep(spec) for spec in specs)
    written = templates_to_yaml(kept)
    assert templates_from_yaml(written) == kept
    assert templates_from_yaml(written.encode()) == kept


def bomb(depth: int = 30) -> str:
    lines = ['a0: &a0 ["lol"]'] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, depth)]
    return "\n".join([*lines, HEADER, f"  - name: *a{depth - 1}"])


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (bomb(), "YAML 2"),
        ("[" * 100_000, "YAML 1"),
        (HEADER + "  - name: x\n" + "".join(f"{' ' * n}a:\n" for n in range(4, 200)), "YAML 10"),
        (HEADER + "  - name: [", "YAML 4"),
        (HEADER + "  - name: \x07", "YAML"),
        (b"\xff\xfe\xfa", "YAML"),
        (HEADER + "  - {[a]: b}", "YAML 4"),
        ("", "templates"),
        ("just words", "templates"),
        ("templates: []", "templates"),
        ("format: something.else\ntemplates: [{name: a}]", "format"),
        ("version: 2\ntemplates: [{name: a}]", "version"),
        ("templates: [{template: x}]", "name"),
        ("templates: [{name: '  '}]", "name"),
        ("templates: [{name: a, sampling: {temperature: 9}}]", "sampling.temperature"),
        ("templates: [{name: a, sampling: {temperature: .nan}}]", "sampling.temperature"),
        ("templates: [{name: a, steps: {}}]", "steps"),
        ("templates:\n" + "  - name: a\n" * 201, "templates"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_place(content: str | bytes, place: str) -> None:
    with pytest.raises(TemplateInvalid) as refused:
        templates_from_yaml(content)
    assert refused.value.values == {"place": place}


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(TemplateTooLarge):
        templates_from_yaml("#" * (MAX_FILE_CHARACTERS + 1))


def test_a_tag_makes_nothing_but_text() -> None:
    (spec,) = templates_from_yaml("templates: [{name: !!python/object/apply:os.getcwd '2024'}]")
    assert spec.name == "2024"


@given(st.text() | st.binary())
def test_any_file_is_templates_or_refused(content: str | bytes) -> None:
    with pytest.raises(TemplateInvalid):
        templates_from_yaml(content)
