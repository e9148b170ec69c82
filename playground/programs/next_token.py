"""What may come next at a position, stage by stage."""

from __future__ import annotations

CODE = '''
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
