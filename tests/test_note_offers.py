"""What is offered to be remembered: lasting facts in the writer's own words, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.note_offers import MAX_NOTE_CHARACTERS, worth_noting


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("My name is Ignacio", "My name is Ignacio"),
        ("Hi! my name's Ana. What is RAG?", "My name's Ana"),
        ("Hello there, I live in Valparaíso and I like tea.", "I live in Valparaíso and I like tea"),
        ("What is a token? I work as a nurse.", "I work as a nurse"),
        ("I’m a teacher of maths", "I’m a teacher of maths"),
        ("I am 40, and I'm allergic to nuts.", "I am 40, and I'm allergic to nuts"),
        ("Please remember that my exam is on Friday", "Please remember that my exam is on Friday"),
        ("I prefer short answers.", "I prefer short answers"),
        ("call me Nacho", "Call me Nacho"),
        ("- I'm vegetarian", "I'm vegetarian"),
        ("Hola, me llamo Íñigo.", "Me llamo Íñigo"),
        ("mi nombre es Ana y quiero aprender", "Mi nombre es Ana y quiero aprender"),
        ("¿Qué es un token? Vivo en Lima.", "Vivo en Lima"),
        ("Trabajo de camarera", "Trabajo de camarera"),
        ("Trabajo como médico en Quito", "Trabajo como médico en Quito"),
        ("soy alergico a los frutos secos", "Soy alergico a los frutos secos"),
        ("Soy profesora", "Soy profesora"),
        ("Soy de Chile!", "Soy de Chile"),
        ("Recuerda que estudio por las noches", "Recuerda que estudio por las noches"),
        ("Prefiero que respondas en español.", "Prefiero que respondas en español"),
        ("Sí, soy estudiante de física", "Soy estudiante de física"),
        ("```\nprint(1)\n```\nMe llamo Ana", "Me llamo Ana"),
    ],
)
def test_a_lasting_fact_is_found(text: str, note: str) -> None:
    assert worth_noting(text) == note


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What is my name?",
        "I am a bit tired",
        "I'm a little lost here.",
        "I don't live in Madrid",
        "If I live in Spain, which taxes do I pay?",
        "Do I live in a simulation?",
        "Write a story: my name is Bond",
        "Translate: me llamo Ana",
        'She said "my name is Ana"',
        "Say that I work as a spy",
        "Do you remember that film?",
        "Remember that time in Rome",
        "Call me back later",
        "ya no vivo en Lima",
        "no soy de aquí",
        "¿Soy alérgico a algo?",
        "Soy un poco lento",
        "Si vivo en Chile, ¿qué impuestos pago?",
        "Si vivo en Chile pago impuestos",
        "Imagina que me llamo Napoleón",
        "Traduce al inglés: vivo en Lima",
        "> my name is Ana",
        "    me llamo = 'Ana'",
        "```\nmy name is Ana\n```",
        "~~~python\nI live in Rome",
        "```\n~~~\nmy name is Ana\n```",
        "`my name is Ana` is a prompt",
        "my name is " + "a" * MAX_NOTE_CHARACTERS,
    ],
)
def test_anything_else_is_left_alone(text: str) -> None:
    assert worth_noting(text) is None


def test_the_first_of_several_facts_is_offered() -> None:
    assert worth_noting("Me llamo Ana. Vivo en Lima.") == "Me llamo Ana"


def test_what_cannot_be_seen_is_not_remembered() -> None:
    assert worth_noting("My name is \u202eAna\u200f  B") == "My name is Ana B"


@pytest.mark.parametrize(
    "unit", ["a", "my name ", "I am a bit tired. ", "``` ", " ", "\n", "hola, ", "y ", "\x1b]", "- "]
)
def test_a_text_of_a_megabyte_is_read_once(unit: str) -> None:
    """The suite's time limit catches what would take the square of it."""
    assert worth_noting(unit * (1_000_000 // len(unit))) is None


@given(st.text(alphabet="`~> \n.,!?¿\"'abI mynaeliv\u00ed\u0130\u202e", max_size=400))
def test_a_note_is_one_short_line(text: str) -> None:
    note = worth_noting(text + "\nMe llamo İñigo")
    assert note is None or (0 < len(note) <= MAX_NOTE_CHARACTERS and len(note.splitlines()) == 1)
