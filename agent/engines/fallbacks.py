"""LiveKit's fallback adapters, closing the engines that were made for them: nobody else does."""

from collections.abc import Sequence
from typing import Any

from livekit.agents import llm, stt


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
