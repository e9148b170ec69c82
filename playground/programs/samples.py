"""Several continuations side by side."""

from __future__ import annotations

CODE = '''
from models.sample_batch import SampleReader


async def experiment(engine):
    """The likeliest continuation and samples with seeds of their own, in one batch; then LangChain writes one again."""
    sampling = SamplingParams(**SAMPLING, max_tokens=MAX_TOKENS)
    first = sampling.seed or 0
    greedy = sampling.model_copy(update={"temperature": 0.0})
    drawn = [sampling.model_copy(update={"seed": first + number}) for number in range(NUM_SAMPLES)]
    texts = [[] for _ in range(1 + NUM_SAMPLES)]
    prompt = [HumanMessage(TEXT)] if IS_CHAT else TEXT
    async for update in SampleReader(engine).run("", prompt, PATH, [greedy, *drawn], 0):
        texts[update.index] += update.tokens
    for number, tokens in enumerate(texts):
        name = f"seed {drawn[number - 1].seed}" if number else "greedy"
        print(f"{name}: {b''.join(token.token_bytes for token in tokens)!r}")
        if TEXTS and [token.token_id for token in tokens] != list(TEXTS[number]):
            print("    (elsewhere it was another text: a close draw fell otherwise, as sums are rounded otherwise)")
        if tokens:
            log_probability = sum(token.log_probability for token in tokens)
            bits = sum(token.entropy_bits for token in tokens) / len(tokens)
            print(f"    {len(tokens)} tokens, log-probability {log_probability:.4f}", end=", ")
            print(f"perplexity {math.exp(-log_probability / len(tokens)):.4f}, entropy {bits:.4f} bits")
    model = LocalChatModel(
        engine=engine,
        model_name=MODEL,
        context_tokens=engine.wait().context_tokens,
        max_tokens=MAX_TOKENS,
        **SAMPLING | {"temperature": 0.0},
    )
    answer = await model.ainvoke([HumanMessage(TEXT)], prefill_ids=PATH, is_completion=not IS_CHAT)
    print(f"by LangChain, greedy: {answer.text!r}")
'''
