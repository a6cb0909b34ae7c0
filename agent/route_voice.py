"""A voice that can become another one between two clauses."""

import asyncio
from collections.abc import Callable
from typing import Any

from livekit.agents import APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from .engines import Voice


class RouteVoice(tts.TTS[Any]):
    """The voice of one route, which says one clause after the other.

    Args:
        create: makes the one that fits how a speaker wants to sound. Those of a route are alike in
            all but their sound.
        wished: see :data:`agent.routing.VOICE`.
    """

    def __init__(self, create: Callable[[str], Voice], wished: str) -> None:
        self._create = create
        self._wished = wished
        self._voice = create(wished)
        self._replaced: list[Voice] = []
        self._closing: set[asyncio.Task[None]] = set()
        super().__init__(
            capabilities=self._voice.tts.capabilities,
            sample_rate=self._voice.tts.sample_rate,
            num_channels=self._voice.tts.num_channels,
        )

    def change(self, wished: str) -> None:
        """Sound like this from the next clause on."""
        if wished != self._wished:
            voice = self._create(wished)
            self._replaced.append(self._voice)
            self._voice, self._wished = voice, wished

    @property
    def set_speed(self) -> Callable[[float], None] | None:
        """See :class:`Voice`."""
        return None if self._voice.set_speed is None else self._set_speed

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        """See the base class."""
        # The clause before this one has been said, and with it all that they had to say.
        for voice in self._replaced:
            task = asyncio.create_task(voice.aclose(), name="voice.close")
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        self._replaced.clear()
        return self._voice.tts.synthesize(text, conn_options=conn_options)

    async def aclose(self) -> None:
        """Close all voices; models that they share stay."""
        for voice in (self._voice, *self._replaced):
            await voice.aclose()
        if self._closing:
            await asyncio.wait(self._closing)

    def _set_speed(self, rate: float) -> None:
        if self._voice.set_speed is not None:
            self._voice.set_speed(rate)
