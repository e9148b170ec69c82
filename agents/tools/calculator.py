"""The calculator."""

from __future__ import annotations

from langchain_core.tools import StructuredTool
from pydantic import BaseModel, Field

from agents.tools.arithmetic import ArithmeticTooLarge, calculate
from agents.tools.arithmetic_tokens import ArithmeticInvalid
from agents.tools.tool import AgentTool, Observation, Reach
from errors.agents import CalculationInvalid, CalculationTooLarge

NAME = "calculator"
DESCRIPTION = (
    "Calculates the value of an arithmetic expression: + - * / ** % and parentheses, pi, e, sqrt, ln, log10, exp, "
    "sin, cos, tan (radians, or 30° in degrees), round, min, max, mean, factorial. Percentages as 15% of 80."
)


class CalculatorArguments(BaseModel):
    """The arguments of a call."""

    expression: str = Field(
        min_length=1, max_length=200, description="for example 37 ** 0.4, without thousands separators"
    )


def calculator_tool() -> AgentTool:
    """The same result for the same expression, always; nothing leaves the program."""
    tool = StructuredTool.from_function(
        coroutine=_calculate,
        name=NAME,
        description=DESCRIPTION,
        args_schema=CalculatorArguments,
        response_format="content_and_artifact",
    )
    return AgentTool(tool, Reach.HERE, is_untrusted=False)


async def _calculate(expression: str) -> tuple[str, Observation]:
    try:
        read, result = calculate(expression)
    except ArithmeticInvalid as error:
        raise CalculationInvalid(tool=NAME, expression=expression) from error
    except ArithmeticTooLarge as error:
        raise CalculationTooLarge(tool=NAME, expression=expression) from error
    return f"{read} = {result}", Observation()
