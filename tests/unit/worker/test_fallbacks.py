"""Lists of engines: who closes them."""

from typing import Any

import pytest

from agent.engines.fallbacks import LlmFallback, SttFallback
from tests.fakes.engines import FakeLLM, FakeSTT

pytestmark = pytest.mark.unit


async def test_closing_the_list_closes_each_engine() -> None:
    closed: list[Any] = []

    class Recogniser(FakeSTT):
        async def aclose(self) -> None:
            closed.append(self)

    class Model(FakeLLM):
        async def aclose(self) -> None:
            closed.append(self)

    recognisers, models = [Recogniser("en"), Recogniser("en")], [Model(), Model()]
    await SttFallback(recognisers).aclose()
    await LlmFallback(models).aclose()
    assert closed == [*recognisers, *models]
