"""The parts of an exported program that are the same for everybody. Data comes between them, never into them."""

from __future__ import annotations

OPENING = '''
"""A conversation of Tertulia as a LangChain program: the same chain, asked its last question once more.

Run it from Tertulia's folder:

    .venv/bin/python exported.py

The prompt, its examples, the conversation so far and the chain are made of LangChain's own classes. On purpose, what
runs the local model is Tertulia's: start_engine loads it, LocalChatModel is LangChain's way to it, and build_chain
pipes prompt | model | parser together. Return another of LangChain's chat models from chat_model to ask that one.
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))  # Tertulia's folder

from langchain_core.messages import SystemMessage, convert_to_messages, get_buffer_string, merge_message_runs
from langchain_core.prompts import ChatPromptTemplate, FewShotChatMessagePromptTemplate
from langchain_core.runnables import RunnablePassthrough

from app import Console, start_engine
from chains.factory import build_chain
from components.catalogue import Catalogue, preferred_language
from errors import TertuliaError
from models.chat_model import LocalChatModel
from settings import Settings, console_locale, keep_libraries_quiet
'''

EXAMPLES_CODE = '''
def examples():
    """The few-shot examples as turns of a conversation."""
    turn = ChatPromptTemplate.from_messages([("human", "{question}"), ("ai", "{answer}")])
    return FewShotChatMessagePromptTemplate(example_prompt=turn, examples=EXAMPLES)
'''

CHAT_PROMPT_CODE = '''
def prompt_for(template):
    """System prompt, examples, the conversation so far, and what is asked, made of ``template``."""
    said = convert_to_messages(HISTORY)
    turns = ChatPromptTemplate.from_messages([SystemMessage(SYSTEM_PROMPT), examples(), *said, ("human", template)])
    return turns | merge_message_runs(chunk_separator="\\n\\n")  # chat templates want the speakers to take turns
'''

TEXT_PROMPT_CODE = '''
def prompt_for(template):
    """The conversation so far and what is asked, as one text to go on with."""
    before = "".join(text for _, text in HISTORY)
    return ChatPromptTemplate.from_messages([("human", as_text(before) + template)])


def as_text(text):
    """``text`` as a template that says just that: a brace in it is a brace."""
    return text.replace("{", "{{").replace("}", "}}")
'''

TRANSCRIPT_PROMPT_CODE = '''
def prompt_for(template):
    """A transcript in which every line begins with who speaks, as a buffer memory with names writes it."""
    shown = [turn for one in EXAMPLES for turn in (("human", one["question"]), ("ai", one["answer"]))]
    said = get_buffer_string(convert_to_messages(shown + HISTORY), human_prefix=HUMAN, ai_prefix=AI)
    before = "".join(f"{part}\\n" for part in (HEADING, said) if part)
    transcript = as_text(f"{before}{HUMAN}: ") + template + as_text(f"\\n{AI}:")
    if IS_COMPLETION:
        return ChatPromptTemplate.from_messages([("human", as_text(f"{SYSTEM_PROMPT}\\n") + transcript)])
    return ChatPromptTemplate.from_messages([SystemMessage(SYSTEM_PROMPT), ("human", transcript)])


def as_text(text):
    """``text`` as a template that says just that: a brace in it is a brace."""
    return text.replace("{", "{{").replace("}", "}}")


SAMPLING["stop"] = [*SAMPLING.get("stop", ()), f"\\n{HUMAN}:"]  # the model must not speak for the other one
'''

ASKS_ONCE = '''
def chain_over(model):
    """prompt | model | parser"""
    return build_chain(prompt_for(TEMPLATE), model, run_name="chat")
'''

ASKS_IN_STEPS = '''
def chain_over(model):
    """One call after the other; each reads as {previous} what the one before wrote, and the last one answers."""
    calls = [build_chain(prompt_for(prompt), model, run_name=name) for name, prompt in STEPS]
    chain = calls.pop()
    for call in reversed(calls):
        chain = RunnablePassthrough.assign(previous=call) | chain
    return chain
'''

MAIN_CODE = '''
def chat_model(engine, settings):
    """The local model, choosing its tokens as the conversation did."""
    card = engine.wait()
    longest = card.context_tokens // 2
    defaults = {name: getattr(settings, name) for name in ("temperature", "top_p", "top_k", "min_p", "repeat_penalty")}
    chosen = {**defaults, "max_tokens": settings.max_answer_tokens, **SAMPLING}
    chosen["max_tokens"] = min(chosen["max_tokens"], longest)
    name = f"local/{card.path.stem.lower()}"
    model = LocalChatModel(engine=engine, model_name=name, context_tokens=card.context_tokens, **chosen)
    return model.bind(is_completion=True) if IS_COMPLETION else model


async def answer(model):
    """Print the answer as it grows."""
    async for piece in chain_over(model).astream(INPUTS):
        print(piece, end="", flush=True)
    print()


def main():
    console = Console(Catalogue.load(), preferred_language(console_locale()))
    try:
        settings = Settings.load(parked_gigabytes=0.0)  # nothing is kept beside what a running Tertulia keeps
        keep_libraries_quiet(settings)
        settings.cache_dir.mkdir(parents=True, exist_ok=True)
        engine = start_engine(settings, console)
        try:
            asyncio.run(answer(chat_model(engine, settings)))
        finally:
            engine.close()
    except TertuliaError as error:
        console.complain(error)
        sys.exit(2)


if __name__ == "__main__":
    main()
'''
