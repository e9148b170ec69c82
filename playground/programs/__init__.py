"""Exported programs of the experiments: what each small tab does, as code that runs on its own."""

from __future__ import annotations

from playground.programs import cloud, context, next_token, ngrams, prompts, samples, score, sweep, tokens
from playground.programs.frame import MAIN_CODE, OPENING

# By small tab.
CODE = {
    "next": next_token.CODE,
    "steps": next_token.CODE,
    "samples": samples.CODE,
    "tokens": tokens.CODE,
    "ngrams": ngrams.CODE,
    "prompts": prompts.CODE,
    "context": context.CODE,
    "score": score.CODE,
}
CODE |= {"sweep": sweep.CODE}
CODE |= {"cloud": cloud.CODE}
# What begins and ends a program, where the local model is not needed.
OWN_FRAMES = {"cloud": (cloud.OPENING, cloud.MAIN_CODE)}

__all__ = ["CODE", "MAIN_CODE", "OPENING", "OWN_FRAMES"]
