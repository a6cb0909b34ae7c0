"""Lists of engines: who closes them."""

from typing import Any

import pytest
from livekit.agents import APIConnectionError, APIConnectOptions, APIError, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from agent.engines.fallbacks import LlmFallback, SttFallback, TtsFallback
from tests.fakes.engines import FakeLLM, FakeSTT, FakeTTS

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


class HalfWay(FakeTTS):
    """Breaks off after some seconds of each text."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        self.asked += 1
        return _HalfWay(tts=self, input_text=text, conn_options=conn_options)


class _HalfWay(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        assert isinstance(self._tts, HalfWay)
        rate = self._tts.sample_rate
        output_emitter.initialize(
            request_id="half", sample_rate=rate, num_channels=1, mime_type="audio/pcm"
        )
        output_emitter.push(bytes(2 * round(rate * self._tts.seconds)))
        output_emitter.end_input()
        await output_emitter.join()
        raise APIConnectionError("the scripted voice breaks off")


@pytest.mark.parametrize("seconds", [0.005, 0.1, 3.0])
async def test_a_voice_that_breaks_off_is_an_error_and_nothing_is_heard_twice(
    seconds: float,
) -> None:
    first, second = HalfWay(seconds), FakeTTS()
    voice, heard = TtsFallback([first, second]), 0.0
    with pytest.raises(APIError, match="breaks off") as raised:
        async with voice.synthesize("uno dos") as stream:
            async for audio in stream:
                heard += audio.frame.duration
    assert not raised.value.retryable
    assert heard == pytest.approx(seconds, abs=0.011)
    assert (first.asked, second.asked) == (1, 0)
    # The next text is another voice's, while the first is tried again in the background.
    first.seconds = 0.0
    assert (await voice.synthesize("uno dos").collect()).duration > 0.2
    assert second.asked == 1
    await voice.aclose()
