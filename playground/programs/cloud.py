"""What a model of a service answers, with the likeliest tokens in each place. The local model is not loaded for it."""

from __future__ import annotations

OPENING = '''
"""An experiment of Tertulia's playground as a program: the same prompt to the same model of a service.

Run it from Tertulia's folder; the key is taken from where Tertulia takes it, its environment or its .env file:

    .venv/bin/python experiment.py

(A service may answer otherwise each time, and its probabilities differ a little from one time to the next.)
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))  # Tertulia's folder

from app import Console
from building.model_shelf import service_keys
from chains.model_shelf import remote_model
from components.catalogue import Catalogue, preferred_language
from errors import TertuliaError
from models.remote.told_tokens import TokenTeller
from settings import Settings, console_locale
'''

CODE = '''
async def experiment(keys):
    """What comes next by the service's own account, in each place of its answer."""
    for choice in await TokenTeller(remote_model(MODEL, keys)).answer(TEXT, MAX_TOKENS):
        print(f"{choice.chosen.token_bytes.decode(errors='replace')!r}")
        for token in choice.candidates:
            print(f"    {token.probability:.6f}  {token.token_bytes.decode(errors='replace')!r}")
'''

MAIN_CODE = """
def main():
    console = Console(Catalogue.load(), preferred_language(console_locale()))
    try:
        asyncio.run(experiment(service_keys(Settings.load())))
    except TertuliaError as error:
        console.complain(error)
        sys.exit(2)


if __name__ == "__main__":
    main()
"""
