"""A text for each pair of values of two settings, written side by side."""

from __future__ import annotations

CODE = '''
async def experiment(engine):
    """One text for each pair of values of two settings, all in one batch, and how sure the model was of each."""
    pairs = [(row, column) for row in ROWS["values"] for column in COLUMNS["values"]]
    same = SAMPLING | {"max_tokens": MAX_TOKENS, "seed": SAMPLING["seed"] or 0}
    samplings = [
        SamplingParams(**same | {ROWS["setting"]: row, COLUMNS["setting"]: column}) for row, column in pairs
    ]
    prompt = [HumanMessage(TEXT)] if IS_CHAT else TEXT
    texts = [[] for _ in pairs]
    async with aclosing(SampleReader(engine).run("", prompt, PATH, samplings)) as updates:
        async for update in updates:
            texts[update.index] += update.tokens
    for (row, column), tokens in zip(pairs, texts):
        ids = [token.token_id for token in tokens]
        mean = math.fsum(token.probability for token in tokens) / max(1, len(tokens))
        print(f"{ROWS['setting']} {row:g}, {COLUMNS['setting']} {column:g}: mean probability {mean:.4f}")
        print(f"    distinct-1 {len(set(ids)) / max(1, len(ids)):.2f}")
        print(f"    {b''.join(token.token_bytes for token in tokens).decode(errors='replace')!r}")
'''
