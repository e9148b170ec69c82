"""The parts of an exported program that are the same for everybody. Data comes between them, never into them."""

from __future__ import annotations

OPENING = '''
"""An experiment of Tertulia's playground as a program: the same prompt, the same settings, the same numbers.

Run it from Tertulia's folder:

    .venv/bin/python experiment.py

On purpose, what runs the local model is Tertulia's: start_engine loads it, NextTokenReader asks it for whole rows of
logits, and LocalChatModel is LangChain's way to it. (A prompt that is read in other pieces is rounded otherwise, so
that numbers may differ a little from those on the page.)
"""

import asyncio
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))  # Tertulia's folder

from langchain_core.messages import HumanMessage

from app import Console, start_engine
from components.catalogue import Catalogue, preferred_language
from errors import TertuliaError
from models.chat_model import LocalChatModel
from models.next_token import NextTokenReader
from models.sampling import SamplingParams
from playground.chain import Order, stages
from playground.measures import best
from settings import Settings, console_locale, keep_libraries_quiet
'''

NEXT_CODE = '''
async def experiment(engine):
    """What may come next, after each stage of the sampler chain; then LangChain has the same model go on."""
    reader = NextTokenReader(engine)
    row = await reader.row("", [HumanMessage(TEXT)] if IS_CHAT else TEXT, PATH)
    for stage in stages(row.logits, row.prompt_ids, SamplingParams(**SAMPLING), Order(ORDER)):
        print(f"after {stage.name}: {len(stage.ids)} tokens, {stage.bits:.3f} bits")
        for token_id in best(stage.probabilities, min(NUM_SHOWN, len(stage.ids))):
            print(f"    {stage.probabilities[token_id]:.6f}  {token_id:6d}  {row.vocabulary.token_bytes[token_id]!r}")
    model = LocalChatModel(
        engine=engine, model_name=MODEL, context_tokens=engine.wait().context_tokens, max_tokens=20, **SAMPLING
    )
    answer = await model.ainvoke([HumanMessage(TEXT)], prefill_ids=PATH, is_completion=not IS_CHAT)
    print(f"the model goes on: {answer.text!r}")
'''

TOKENS_CODE = '''
async def experiment(engine):
    """How the model splits each text."""
    for text in TEXTS:
        tokens = await NextTokenReader(engine).tokens(text)
        print(f"{text!r}: {len(tokens)} tokens, {len(text.encode())} bytes")
        for token_id, token_bytes in tokens:
            print(f"    {token_id:6d}  {token_bytes!r}")
'''

SCORE_CODE = '''
async def experiment(engine):
    """How likely the model finds each text, token by token."""
    for text in TEXTS:
        tokens = await NextTokenReader(engine).score("", text)
        rated = [token.log_probability for token in tokens if token.log_probability is not None]
        print(f"{text!r}: log-probability {sum(rated):.4f}")
        if rated:
            print(f"    perplexity {math.exp(-sum(rated) / len(rated)):.4f}")
        for token in tokens:
            shown = "        " if token.log_probability is None else f"{token.log_probability:8.4f}"
            print(f"    {shown}  {token.token_id:6d}  {token.token_bytes!r}")
'''

MAIN_CODE = """
def main():
    console = Console(Catalogue.load(), preferred_language(console_locale()))
    try:
        settings = Settings.load(parked_gigabytes=0.0)  # nothing is kept beside what a running Tertulia keeps
        keep_libraries_quiet(settings)
        settings.cache_dir.mkdir(parents=True, exist_ok=True)
        engine = start_engine(settings, console)
        try:
            engine.wait()
            asyncio.run(experiment(engine))
        finally:
            engine.close()
    except TertuliaError as error:
        console.complain(error)
        sys.exit(2)


if __name__ == "__main__":
    main()
"""
