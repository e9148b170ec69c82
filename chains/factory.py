"""The one place where a chain is piped together; every room asks here."""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable

from chains.answer_guard import GuardedText


def build_chain(
    prompt: ChatPromptTemplate,
    model: Runnable[LanguageModelInput, AIMessage],
    run_name: str,
    guarded: GuardedText | None = None,
) -> Runnable[dict[str, Any], str]:
    """Return ``prompt | model | parser`` with every stage named, so that a trace reads like the design.

    With ``guarded``, which is one answer's, only what it lets pass comes out.
    Takes the prompt's variables, gives text: whole with ``ainvoke``, piece by piece with ``astream``.
    """
    named_prompt = prompt.with_config(run_name="prompt")
    named_model = model.with_config(run_name="model")
    parser = StrOutputParser().with_config(run_name="parser")
    chain = named_prompt | named_model | parser
    return (chain | guarded.runnable if guarded else chain).with_config(run_name=run_name)
