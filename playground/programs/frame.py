"""What begins and ends every program. Data comes between, never into them."""

from __future__ import annotations

OPENING = '''
"""An experiment of Tertulia's playground as a program: the same prompt, the same settings, the same numbers.

Run it from Tertulia's folder:

    .venv/bin/python experiment.py

On purpose, what runs the local model is Tertulia's: start_engine loads it, NextTokenReader asks it for whole rows of
logits, SampleReader for several texts side by side, and LocalChatModel is LangChain's way to it. (A prompt that is read
in other pieces is rounded otherwise, so that numbers may differ a little from those on the page.)
"""

import asyncio
import math
import sys
from contextlib import aclosing
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))  # Tertulia's folder

from langchain_core.messages import HumanMessage

from app import Console, start_engine
from components.catalogue import Catalogue, preferred_language
from errors import TertuliaError
from models.chat_model import LocalChatModel
from models.next_token import NextTokenReader
from models.sample_batch import SampleReader
from models.sampling import SamplingParams
from playground.chain import Order, stages
from playground.measures import best
from settings import Settings, console_locale, keep_libraries_quiet
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
