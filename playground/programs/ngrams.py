"""n-grams beside the model."""

from __future__ import annotations

CODE = '''
from models.sample_batch import SampleReader
from playground.experiments import Playground
from playground.ngram_comparison import Beginning, text_of, written_by_model
from playground.ngrams import NgramModel, pieces, words_of
from playground.positions import PromptText
from playground.training_texts import book
from playground.views import ModelFacts


def training():
    """What is counted in. A document stays with its owner: save its text in this file."""
    if SOURCE == "document":
        return Path("training.txt").read_text(encoding="utf-8")
    return TRAINING_TEXT if SOURCE == "own" else book(SOURCE)


async def experiment(engine):
    """The next words by counts and by the model, and what both write; then LangChain has the same model go on."""
    ngrams = NgramModel(training(), N, K)
    found = ngrams.next_words(words_of(TEXT))
    print(f"after {' '.join(found.context)!r}, which occurs {found.num_context} times:")
    for word in found.words:
        print(f"    {word.probability:.6f}  {word.count:6d}  {word.word!r}")
    playground = Playground(NextTokenReader(engine), lambda: ModelFacts(MODEL, engine.wait().context_tokens))
    print("the model:")
    for word in (await playground.next_words("", PromptText(TEXT))).words:
        print(f"    {word.probability:.6f}  {word.word!r}")
    written = ngrams.write(words_of(TEXT), NUM_WORDS, SAMPLING["seed"])
    print(f"n-grams write: {''.join(pieces(one.word for one in written))!r}")
    tokens = ()
    async for tokens in written_by_model(SampleReader(engine), "", Beginning(TEXT, SAMPLING["seed"]), NUM_WORDS):
        pass
    print(f"the model writes: {text_of(tokens)!r}")
    model = LocalChatModel(
        engine=engine,
        model_name=MODEL,
        context_tokens=engine.wait().context_tokens,
        max_tokens=len(tokens) or 1,
        **SAMPLING,
    )
    answer = await model.ainvoke([HumanMessage(TEXT)], is_completion=True)
    print(f"by LangChain: {answer.text!r}")
'''
