"""What an answer of a service costs: by the list where that knows the model, and never by a guess."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import genai_prices
import pytest
from genai_prices.data import providers
from genai_prices.types import ModelPrice

from chains.comparison import Comparer, Question
from chains.list_prices import ListPrices
from chains.run_record import RunRecord
from components.catalogue import Catalogue
from components.comparison_view import AnswersView
from components.local_text import LocalText
from errors import ModelFaulty
from models.remote.keys import ServiceKeys
from models.remote.providers import SERVICES
from tests.test_comparison import contender, ended, says

MINI, NANO = "openai/gpt-4o-mini", "openai/gpt-4.1-nano"
ASKED_AT_HOME = ListPrices(ServiceKeys().is_moved)


def run(model: str, **changes: Any) -> RunRecord:
    return RunRecord.model_validate({"model": model, "num_prompt": 1_000, "num_output": 200, **changes})


def listed(name: str) -> Any:
    """The prices of OpenAI's model ``name``, dollars for a million tokens, as the library's own data has them."""
    (openai,) = (provider for provider in providers if provider.id == "openai")
    (model,) = (model for model in openai.models if model.id == name.partition("/")[2])
    assert isinstance(model.prices, ModelPrice)
    return model.prices


@pytest.mark.parametrize("name", [MINI, NANO])
def test_tokens_cost_what_the_list_says(name: str) -> None:
    cost, price = ASKED_AT_HOME.cost(run(name)), listed(name)
    assert cost is not None
    assert cost.usd == pytest.approx(float(1_000 * price.input_mtok + 200 * price.output_mtok) / 1e6)
    assert cost.source == f"genai-prices {genai_prices.__version__}"


def test_cached_tokens_have_their_own_price() -> None:
    cost, price = ASKED_AT_HOME.cost(run(MINI, num_cached=600)), listed(MINI)
    assert cost is not None
    assert price.cache_read_mtok < price.input_mtok
    read = 400 * price.input_mtok + 600 * price.cache_read_mtok
    assert cost.usd == pytest.approx(float(read + 200 * price.output_mtok) / 1e6)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_in_the_list(service: str) -> None:
    """Under the name it has here; otherwise none of its models would ever have a price."""
    with pytest.raises(LookupError, match="find model"):
        genai_prices.calc_price(genai_prices.Usage(), "nobody-knows-this", provider_id=service)


@pytest.mark.parametrize(
    "unknown",
    [
        pytest.param(run("openai/gpt-99"), id="model"),
        pytest.param(run("openai/"), id="no name"),
        pytest.param(run("nobody/gpt-4o-mini"), id="service"),
        pytest.param(run("local/gpt-4o-mini"), id="local"),
        pytest.param(run(""), id="nothing"),
        pytest.param(run(MINI, num_prompt=None), id="prompt not counted"),
        pytest.param(run(MINI, num_output=None), id="answer not counted"),
        pytest.param(run(MINI, num_cached=1_001), id="more cached than read"),
        pytest.param(run("openai/text-embedding-3-small"), id="half a price"),
    ],
)
def test_what_is_not_known_has_no_cost(unknown: RunRecord) -> None:
    assert ASKED_AT_HOME.cost(unknown) is None


def test_a_server_of_ones_own_has_no_list_price() -> None:
    keys = ServiceKeys(openai_base_url="http://localhost:8000/v1", other_base_urls={"groq": "http://localhost:8001"})
    moved = ListPrices(keys.is_moved)
    assert moved.cost(run(MINI)) is None
    assert moved.cost(run("groq/llama-3.1-8b-instant")) is None
    assert ASKED_AT_HOME.cost(run("groq/llama-3.1-8b-instant")) is not None
    assert moved.cost(run("mistral/mistral-small-latest")) is not None


async def test_a_comparison_shows_the_cost_of_whole_answers_of_services() -> None:
    failing = contender(NANO, says("half ", ModelFaulty(model=NANO)))
    asked = [contender(MINI), contender("local/m"), failing]
    comparison = Comparer(ASKED_AT_HOME).ask("ana", Question("Why?"), asked)
    mini, local, failed = await ended(comparison)
    assert mini.run is not None
    assert mini.cost == ASKED_AT_HOME.cost(mini.run)
    assert mini.cost is not None
    assert mini.voted.figures["cost_usd"] == mini.cost.usd > 0
    assert (local.cost, failed.cost) == (None, None)
    text = LocalText(Catalogue.load(), "es")
    view = AnswersView(comparison, text, is_open=True)
    assert f"según los precios de lista de {mini.cost.source}" in view.figures(mini)
    assert ["US$" in view.figures(answer) for answer in (mini, local, failed)] == [True, False, False]


def test_the_list_is_not_loaded_before_a_service_answered() -> None:
    program = (
        "import sys; from chains.list_prices import ListPrices; from chains.run_record import RunRecord;"
        " ListPrices(bool).cost(RunRecord(model='local/m', num_prompt=1, num_output=1));"
        " sys.exit('genai_prices' in sys.modules)"
    )
    subprocess.run((sys.executable, "-c", program), cwd=Path(__file__).parent.parent, check=True)
