"""How likely texts are."""

from __future__ import annotations

CODE = '''
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
