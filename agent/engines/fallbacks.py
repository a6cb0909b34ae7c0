"""LiveKit's fallback adapters, with what they lack.

Those for recognition and translation close the engines that were made for them: nobody else does.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from livekit.agents import APIConnectOptions, APIError, llm, stt, tts
from livekit.agents.tts.fallback_adapter import (
    DEFAULT_FALLBACK_API_CONNECT_OPTIONS,
    FallbackChunkedStream,
)


class SttFallback(stt.FallbackAdapter):
    """The first recogniser that works."""

    def __init__(self, members: Sequence[stt.STT[Any]]) -> None:
        super().__init__(list(members))
        self._members = tuple(members)

    async def aclose(self) -> None:
        await super().aclose()
        for member in self._members:
            await member.aclose()


class LlmFallback(llm.FallbackAdapter):
    """The first language model that works."""

    def __init__(self, members: Sequence[llm.LLM[Any]]) -> None:
        super().__init__(list(members))
        self._members = tuple(members)

    async def aclose(self) -> None:
        await super().aclose()
        for member in self._members:
            await member.aclose()


class TtsFallback(tts.FallbackAdapter):
    """The first voice that works, asked once: listeners wait meanwhile."""

    def __init__(self, members: Sequence[tts.TTS[Any]]) -> None:
        super().__init__(list(members), max_retry_per_tts=0)

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_FALLBACK_API_CONNECT_OPTIONS
    ) -> FallbackChunkedStream:
        """See the base class; a voice that breaks off half-way is an ``APIError`` here."""
        return _WholeSpeech(tts=self, input_text=text, conn_options=conn_options)


class _WholeSpeech(FallbackChunkedStream):
    """LiveKit's ends as if all had been said where a voice breaks off in the middle."""

    _broken_off: APIError | None = None

    async def _try_synthesize(
        self, *, tts: tts.TTS[Any], recovering: bool = False
    ) -> AsyncGenerator[tts.SynthesizedAudio, None]:
        heard = False
        try:
            async for audio in super()._try_synthesize(tts=tts, recovering=recovering):
                heard = True
                yield audio
        except APIError as error:
            if heard and not recovering:
                self._broken_off = error
            raise

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        await super()._run(output_emitter)
        if self._broken_off is not None:
            # The base class drops what has not gone out yet, so that is waited for.
            output_emitter.end_input()
            await output_emitter.join()
            raise APIError(f"a voice broke off: {self._broken_off}", retryable=False)
