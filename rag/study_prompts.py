"""What the model is asked when a document is studied. Text of documents always stands last, and is marked as data."""

from __future__ import annotations

from langchain_core.prompts import ChatPromptTemplate

_NOTES = {
    "en": (
        "You summarise documents. Use only what the text says. Answer in English.",
        "Write the main ideas of this part of a document, in at most three short sentences.\n\nText:\n{text}",
    ),
    "es": (
        "Resumes documentos. Usa solo lo que dice el texto. Responde siempre en español.",
        "Escribe las ideas principales de esta parte de un documento, en tres frases cortas como máximo."
        "\n\nTexto:\n{text}",
    ),
}
_SUMMARY = {
    "en": (
        "You summarise documents for a class. Use only what the text says. Answer in English.",
        "Summarise the text. Write a title of a few words on the first line, then {num_points} points, one in each "
        "line that begins with “- ”, then {num_paragraphs} short paragraphs that explain them.\n\nText:\n{text}",
    ),
    "es": (
        "Resumes documentos para una clase. Usa solo lo que dice el texto. Responde siempre en español.",
        "Resume el texto. Escribe en la primera línea un título de pocas palabras, después {num_points} puntos, uno en "
        "cada línea que empiece con «- », y después {num_paragraphs} párrafos cortos que los expliquen."
        "\n\nTexto:\n{text}",
    ),
}
_TRANSLATION = {
    "en": (
        "You are a careful translator.",
        "Translate the following text to English. Keep the title, the points and the paragraphs.\n\n{text}",
    ),
    "es": (
        "Eres un traductor cuidadoso.",
        "Traduce el texto siguiente al español. Conserva el título, los puntos y los párrafos.\n\n{text}",
    ),
}
_QUESTION = {
    "en": (
        "You write study questions about texts.",
        "Write one short question that this text answers. Write the question only.\n\nText:\n{text}",
    ),
    "es": (
        "Escribes preguntas de estudio sobre textos.",
        "Escribe una sola pregunta corta que este texto responde. Escribe solo la pregunta.\n\nTexto:\n{text}",
    ),
}


def _prompts(requests: dict[str, tuple[str, str]]) -> dict[str, ChatPromptTemplate]:
    return {
        language: ChatPromptTemplate.from_messages([("system", system), ("human", request)])
        for language, (system, request) in requests.items()
    }


NOTES_PROMPTS = _prompts(_NOTES)
SUMMARY_PROMPTS = _prompts(_SUMMARY)
TRANSLATION_PROMPTS = _prompts(_TRANSLATION)
QUESTION_PROMPTS = _prompts(_QUESTION)
