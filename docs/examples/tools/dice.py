"""An example of tools of your own: copy this file into the folder that TERTULIA_TOOLS_DIR names, and start again."""

from __future__ import annotations

import secrets
from typing import Annotated

from langchain_core.tools import ToolException, tool
from pydantic import Field

from agents.tools.tool import AgentTool, Observation, Reach


@tool
def convert_temperature(degrees: float, unit: Annotated[str, Field(description="C or F, of degrees")]) -> str:
    """Converts a temperature from Celsius to Fahrenheit or back."""
    if unit.upper() == "C":
        return f"{degrees} °C = {degrees * 9 / 5 + 32:g} °F"
    if unit.upper() == "F":
        return f"{degrees} °F = {(degrees - 32) * 5 / 9:g} °C"
    raise ToolException(f"{unit} is no unit: use C or F")  # the model reads this, and tries again


@tool(response_format="content_and_artifact")
async def roll_dice(
    number: Annotated[int, Field(ge=1, le=20, description="how many dice")] = 1,
) -> tuple[str, Observation]:
    """Rolls dice with six sides."""
    rolled = [secrets.randbelow(6) + 1 for _ in range(number)]
    return f"{rolled} = {sum(rolled)}", Observation()


TOOLS = [
    # A tool of LangChain as it is. What it returns counts as text of others, and its arguments as leaving the machine.
    convert_temperature,
    # The same with what we know of it: nothing leaves this machine, and nobody else wrote what it returns.
    AgentTool(roll_dice, Reach.HERE, is_untrusted=False, label="Dice"),
]
