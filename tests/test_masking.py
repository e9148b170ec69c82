"""Personal data is hidden and put back to the letter, also in a text that comes in pieces."""

from __future__ import annotations

import json

from safety.masking import MAX_LENGTH, Masking

TEXT = "Me llamo Ana Ruiz: ana@correo.es, 4111 1111 1111 1111. Ana Ruiz de nuevo, ana@correo.es; <EMAIL_1> y <b>."


def test_the_same_value_has_the_same_placeholder() -> None:
    masking = Masking()
    hidden = masking.hide(TEXT)
    assert hidden == "Me llamo <NAME_1>: <EMAIL_1>, <CARD_1>. <NAME_1> de nuevo, <EMAIL_1>; <TEXT_1> y <b>."
    assert masking.hide("ana@correo.es, eva@correo.es") == "<EMAIL_1>, <EMAIL_2>"
    assert masking.restore(hidden) == TEXT


def test_a_name_told_later_is_hidden_before() -> None:
    masking = Masking()
    masking.learn("My name is Ana Ruiz")
    assert masking.hide("Ana Ruiz was here") == "<NAME_1> was here"


def test_it_comes_back_in_pieces_of_any_length() -> None:
    masking = Masking()
    hidden = masking.hide(TEXT)
    for length in range(1, len(hidden) + 1):
        restorer = masking.restorer()
        pieces = [restorer.feed(hidden[at : at + length]) for at in range(0, len(hidden), length)]
        assert "".join([*pieces, restorer.finish()]) == TEXT


def test_no_more_than_a_placeholder_is_held_back() -> None:
    restorer = Masking().restorer()
    told = 0
    text = "<a <EMAIL <EMAIL_1 <EMAIL_123456789 < \\u003c a < b " * 5
    for at, character in enumerate(text):
        told += len(restorer.feed(character))
        assert at + 1 - told <= MAX_LENGTH
    assert told + len(restorer.finish()) == len(text)


def test_arguments_of_calls_stay_json() -> None:
    masking = Masking()
    masking.hide("Me llamo Ana D'Arcy, ana@correo.es")
    for written in ('{"to": "<EMAIL_1>"}', '{"to": "\\u003cEMAIL_1\\u003e"}'):
        restorer = masking.restorer(is_json=True)
        told = "".join(restorer.feed(character) for character in written) + restorer.finish()
        assert json.loads(told) == {"to": "ana@correo.es"}


def test_what_stands_for_nothing_stays() -> None:
    assert Masking().restore("<EMAIL_9>") == "<EMAIL_9>"
