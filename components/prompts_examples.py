"""What the Prompts tab can be tried with, a comparison each, in both languages of the page."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from playground.panel_options import PromptsOptions

STEP_BY_STEP = "Let's work this out in a step by step way to be sure we have the right answer."


@dataclass(frozen=True)
class PromptExample:
    """``question`` goes into the prompt, to be answered where ``is_chat``; ``seed`` draws as it was written."""

    question: str
    is_chat: bool
    options: PromptsOptions
    seed: str = "42"


def _shots(language: str) -> PromptExample:
    spanish = (
        ("me gusta jugar wow", "positivo"),
        ("No me gusta Shogun", "negativo"),
        ("Este libro fue una grata sorpresa", "positivo"),
        ("La película se hizo larguísima", "negativo"),
    )
    english = (
        ("I like to play wow", "positive"),
        ("I do not like Shogun", "negative"),
        ("This book was a lovely surprise", "positive"),
        ("The film went on for ever", "negative"),
    )
    if language == "es":
        options = PromptsOptions(
            compare="shots",
            instruction="Clasifica el sentimiento de la frase.",
            examples=spanish,
            labels=("Frase", "Sentimiento"),
            max_tokens=6,
        )
        return PromptExample("Me gusta Byung-Chul Han", False, options)
    options = PromptsOptions(
        compare="shots",
        instruction="Classify the sentiment of the sentence.",
        examples=english,
        labels=("Sentence", "Sentiment"),
        max_tokens=6,
    )
    return PromptExample("I like Byung-Chul Han", False, options)


def _templates(language: str) -> PromptExample:
    if language == "es":
        texts = (
            "{question}",
            "Pregunta: {question}\nRespuesta: Pensemos paso a paso para llegar a la respuesta correcta.",
            "Responde con una sola palabra.\n\n{question}",
        )
        question = "Ana tiene 3 lápices y compra 2 cajas de 4. ¿Cuántos lápices tiene?"
    else:
        texts = (
            "{question}",
            f"Question: {{question}}\nAnswer: {STEP_BY_STEP}",
            "Answer with one word.\n\n{question}",
        )
        question = "Ana has 3 pencils and buys 2 boxes of 4. How many pencils does she have?"
    return PromptExample(question, True, PromptsOptions(compare="templates", templates=texts, max_tokens=80))


def _chain(language: str) -> PromptExample:
    """In English for everybody: the model that comes with the program can hardly explain anything in Spanish."""
    steps = (
        "Explain in three sentences: {question}",
        "Summarise this text in a single sentence:\n\n{previous}",
        "Translate this sentence into Spanish:\n\n{previous}",
    )
    options = PromptsOptions(compare="chain", steps=steps, max_tokens=80)
    return PromptExample("why does it rain?", True, options, seed="2")


def _forms(language: str) -> PromptExample:
    question = "¿Cuál es la capital de Francia?" if language == "es" else "What is the capital of France?"
    return PromptExample(
        question, True, PromptsOptions(compare="forms", max_tokens=40), "4" if language == "es" else "1"
    )


def _lengths(language: str) -> PromptExample:
    question = "Llama es un modelo de código" if language == "es" else "Llama is an open source"
    return PromptExample(question, False, PromptsOptions(compare="lengths"))


# By comparison and language.
EXAMPLES = MappingProxyType(
    {
        name: {language: make(language) for language in ("en", "es")}
        for name, make in {
            "shots": _shots,
            "templates": _templates,
            "chain": _chain,
            "forms": _forms,
            "lengths": _lengths,
        }.items()
    }
)
