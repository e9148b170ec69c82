"""Every prompt the program writes, once, in each language of the page."""

from __future__ import annotations

from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder

SYSTEM_PROMPTS = {
    "en": "You are a helpful assistant. Answer in English, clearly and briefly.",
    "es": "Eres un asistente servicial. Responde siempre en español, con claridad y brevedad.",
}

CHAT_PROMPT = ChatPromptTemplate.from_messages(
    [("system", "{system_prompt}"), MessagesPlaceholder("history"), ("human", "{question}")]
)
