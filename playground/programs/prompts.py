"""One question under several prompts."""

from __future__ import annotations

CODE = '''
from langchain_core.output_parsers import StrOutputParser

from playground.panel_options import PromptsOptions
from playground.positions import PromptText
from playground.prompt_calls import prompt_calls


async def experiment(engine):
    """Ask the same in several ways, each a chain of LangChain: prompt | model | parser.

    In a chain of several calls each is given what the one before wrote.
    """
    fields = {"instruction": INSTRUCTION, "examples": EXAMPLES, "labels": LABELS, "templates": TEMPLATES}
    options = PromptsOptions(compare=COMPARE, steps=STEPS, max_tokens=MAX_TOKENS, **fields)
    model = LocalChatModel(
        engine=engine, model_name=MODEL, context_tokens=engine.wait().context_tokens, **SAMPLING
    )
    previous = ""
    for call in prompt_calls(PromptText(TEXT, IS_CHAT), options):
        sent = call.composition(previous)
        bound = model.bind(
            max_tokens=call.max_tokens, is_completion=sent.is_completion, stop=list(sent.stop) or None
        )
        print(f"{COMPARE} {call.number}")
        for message in sent.messages:
            print(f"    {message.type}: {message.text!r}")
        answer = await (sent.prompt | bound | StrOutputParser()).ainvoke(sent.variables)
        print(f"    the model: {answer!r}")
        previous = answer.strip()
'''
