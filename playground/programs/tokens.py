"""How texts are split."""

from __future__ import annotations

CODE = '''
async def experiment(engine):
    """How the model splits each text."""
    for text in TEXTS:
        tokens = await NextTokenReader(engine).tokens(text)
        print(f"{text!r}: {len(tokens)} tokens, {len(text.encode())} bytes")
        for token_id, token_bytes in tokens:
            print(f"    {token_id:6d}  {token_bytes!r}")
'''
