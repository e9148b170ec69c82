"""Every prompt the program writes, once, in each language of the page."""

from __future__ import annotations

from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder

SYSTEM_PROMPTS = {
    "en": "You are a helpful assistant. Answer in English, clearly and briefly.",
    "es": "Eres un asistente servicial. Responde siempre en español, con claridad y brevedad.",
}
NOTES_HEADING = {
    "en": "What you know about the person you talk to:",
    "es": "Lo que sabes de la persona con quien hablas:",
}
SUMMARY_HEADING = {
    "en": "Summary of the conversation so far:",
    "es": "Resumen de la conversación hasta ahora:",
}
TRANSCRIPT_HEADING = {"en": "Current conversation:", "es": "Conversación actual:"}
TITLE_REQUEST = {
    "en": "Give this conversation a title of two to six words. Write the title only.",
    "es": "Ponle a esta conversación un título de dos a seis palabras. Escribe solo el título.",
}
SUMMARY_REQUEST = {
    "en": (
        "Progressively summarize the conversation: add the new lines to the summary so far and write one new summary "
        "in a few short sentences. Keep names, numbers and decisions.\n\n"
        "Summary so far:\n{summary}\n\nNew lines:\n{lines}\n\nNew summary:"
    ),
    "es": (
        "Resume la conversación de forma progresiva: suma las líneas nuevas al resumen anterior y escribe un solo "
        "resumen nuevo en pocas frases cortas. Conserva nombres, números y decisiones.\n\n"
        "Resumen anterior:\n{summary}\n\nLíneas nuevas:\n{lines}\n\nResumen nuevo:"
    ),
}

# The turns through the model's own chat template; the last of ``turns`` is the question.
CHAT_PROMPT = ChatPromptTemplate.from_messages([("system", "{system_prompt}"), MessagesPlaceholder("turns")])
# One text, for what is continued rather than answered: a base model, or a transcript with names of its own.
TEXT_PROMPT = ChatPromptTemplate.from_messages([("human", "{text}")])
TRANSCRIPT_PROMPT = ChatPromptTemplate.from_messages([("system", "{system_prompt}"), ("human", "{text}")])
SUMMARY_PROMPTS = {
    language: ChatPromptTemplate.from_messages([("human", request)]) for language, request in SUMMARY_REQUEST.items()
}
