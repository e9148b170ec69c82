"""What is decided about grammars before llama.cpp sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.engine.grammar import MAX_CHARACTERS, MAX_DEPTH, Found, Trigger, grammar_of
from models.engine.outcome import SamplingRefused
from models.sampling import SamplingParams


def refusal(grammar: str) -> str:
    with pytest.raises(SamplingRefused) as caught:
        grammar_of(SamplingParams(grammar=grammar))
    return str(caught.value)


def test_what_would_overflow_llama_cpps_stack_is_refused() -> None:
    assert "deep" in refusal("root ::= " + "(" * (MAX_DEPTH + 1) + '"a"' + ")" * (MAX_DEPTH + 1))
    assert "characters" in refusal('root ::= "' + "a" * MAX_CHARACTERS + '"')
    assert "zero byte" in refusal('root ::= "a\0"')


@pytest.mark.parametrize(
    "harmless",
    ['root ::= "' + "(" * 600 + '"', "root ::= [" + "(" * 600 + "]", "# " + "(" * 600 + '\nroot ::= "a"'],
)
def test_parentheses_that_are_text_do_not_count(harmless: str) -> None:
    assert grammar_of(SamplingParams(grammar=harmless)) == harmless


def test_a_schema_becomes_a_grammar_and_nonsense_is_refused() -> None:
    grammar = grammar_of(SamplingParams(json_schema={"type": "boolean"}))
    assert grammar is not None
    assert grammar.startswith("root ::= ")
    assert grammar_of(SamplingParams()) is None
    with pytest.raises(SamplingRefused):
        grammar_of(SamplingParams(json_schema={"type": "object", "properties": ["no", "names"]}))


@pytest.mark.parametrize(
    ("pattern", "pieces", "found"),
    [
        ("<call>", ["some ", "text"], None),
        ("<call>", ["text ", "<call>"], Found()),  # the next token begins it
        ("<call>", ["text <", "call", ">{"], Found(written=b"<call")),
        ("<call>", ["text", " <call>{"], Found(within=b"<call>{")),
        ("answer: (yes|no)", ["The answer: ", "yes"], Found()),  # the group is where the grammar begins
        ("answer: (yes|no)", ["The answer:", " yes"], Found(within=b"yes")),
        ("(x)|(y)", ["ñ", "áy"], Found(within=b"y")),
        (r"[\s\S]*?(<call>[\s\S]*)", ["a\n", "<call> b"], Found()),  # as llama.cpp writes it
    ],
)
def test_a_trigger_says_where_the_grammar_begins(pattern: str, pieces: list[str], found: Found | None) -> None:
    trigger = Trigger(pattern)
    for piece in pieces[:-1]:
        assert trigger.find(piece.encode()) is None
        trigger.push(piece.encode())
    assert trigger.find(pieces[-1].encode()) == found


def test_characters_split_over_tokens_are_seen_whole() -> None:
    trigger = Trigger("ñu")
    trigger.push("ñ".encode()[:1])
    assert trigger.find("ñ".encode()[1:]) is None
    trigger.push("ñ".encode()[1:])
    assert trigger.find(b"u") == Found(written="ñ".encode())


def test_what_led_to_nothing_is_forgotten() -> None:
    trigger = Trigger("ab")
    trigger.push(b"a")
    trigger.forget()
    assert trigger.find(b"b") is None


@given(st.binary(max_size=30), st.binary(max_size=5), st.binary(max_size=5))
def test_no_byte_is_lost_whatever_was_written_before(written: bytes, before: bytes, after: bytes) -> None:
    written, before = written.replace(b"!", b"?"), before.replace(b"!", b"?")
    trigger = Trigger("!")
    trigger.push(written)
    found = trigger.find(before + b"!" + after)
    assert found == (Found(within=b"!" + after) if before else Found())
