"""What is asked, always the same: lessons of eight readers, stories that go on, a long document, a form to fill in."""

from __future__ import annotations

import random
from typing import Any

from bench.answer import Messages
from chains.prompts import SYSTEM_PROMPTS

SYSTEM_PROMPT = SYSTEM_PROMPTS["en"]

SUBJECTS = ("the moon", "volcanoes", "bees", "the Andes", "bread", "lighthouses", "the violin", "rain")
TURNS = (
    "I am preparing a lesson for children. Tell me something surprising about {}.",
    "Why is that so? Explain it as you would to a child of ten.",
    "What could the children build or draw to understand it better?",
    "Now tell me how people thought about {} a hundred years ago.",
    "Which mistake do people make most often when they speak about {}?",
    "Give me one question for a quiz about what you have just said.",
    "And what is the right answer to that question?",
    "How would you say the same in one short sentence?",
    "What should we look at next, once the children know all this?",
    "Thank you. Please end the lesson with a friendly sentence about {}.",
)
STORY = "Write a very long story, with many chapters, about {}. Describe every person, every place and every day."
FORM = "Make a long list of animals, with a name and a full sentence about each of them."
FORM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "animals": {
            "type": "array",
            "minItems": 12,
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "description": {"type": "string"}},
                "required": ["name", "description"],
            },
        }
    },
    "required": ["animals"],
}

WORDS = ("river", "stone", "bird", "winter", "table", "green", "seven", "street")  # one token each, more or less


def lessons(num_readers: int, num_turns: int) -> list[list[str]]:
    """The questions of each reader; no two readers begin alike."""
    subjects = [SUBJECTS[index % len(SUBJECTS)] for index in range(num_readers)]
    return [[turn.format(subject) for turn in TURNS[:num_turns]] for subject in subjects]


def story(subject: str) -> Messages:
    """A question whose answer does not end soon."""
    return chat(STORY.format(subject))


def document(num_tokens: int, seed: int) -> Messages:
    """A prompt of about ``num_tokens`` tokens that no other seed's prompt begins like."""
    return chat(f"{words(num_tokens, seed)}. Which word stood there most often?")


def words(num_words: int, seed: int) -> str:
    """Repeatable nonsense."""
    draw = random.Random(seed)
    return " ".join(draw.choice(WORDS) for _ in range(num_words))


def chat(question: str) -> Messages:
    """A conversation that begins with ``question``."""
    return [{"role": "system", "content": SYSTEM_PROMPT}, {"role": "user", "content": question}]
