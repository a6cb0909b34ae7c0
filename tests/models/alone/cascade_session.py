"""The cascade in a plain TranslationSession, over engines that follow a script."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

from livekit.agents import APIConnectOptions, llm
from livekit.agents.beta.translation import TranslationSession, TranslationTranscribedEvent
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.voice import io
from session_io import Sink

from livekit import rtc
from livekit.plugins import cascade

sys.path.insert(0, os.environ["REPOSITORY"])
from tests.unit.cascade.scripted import ScriptedSTT, ToneTTS, final, silence  # noqa: E402


class UpperLLM(llm.LLM[str]):
    """Translates into capitals, continuing a final assistant message."""

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        **_: Any,
    ) -> llm.LLMStream:
        return _UpperStream(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class _UpperStream(llm.LLMStream):
    async def _run(self) -> None:
        messages = self._chat_ctx.messages()
        prefix = messages[-1].text_content or "" if messages[-1].role == "assistant" else ""
        source = next(m.text_content or "" for m in reversed(messages) if m.role == "user")
        delta = llm.ChoiceDelta(role="assistant", content=source.upper()[len(prefix) :])
        self._event_ch.send_nowait(llm.ChatChunk(id="1", delta=delta))


class Microphone(io.AudioInput):
    """Releases the scripted recogniser's steps, then stays open."""

    def __init__(self) -> None:
        super().__init__(label="script")
        self._frames = self._generate()

    async def __anext__(self) -> rtc.AudioFrame:
        return await anext(self._frames)

    async def _generate(self) -> AsyncIterator[rtc.AudioFrame]:
        while True:
            await asyncio.sleep(0.05)
            yield silence(0.05)


async def main() -> None:
    model = cascade.CascadeTranslationModel(
        stt=ScriptedSTT(final("good morning all. and"), final("welcome to you. so", 2.0)),
        llm=UpperLLM(),
        tts=ToneTTS(),
        source_language="en",
        target_language="es",
    )
    session: TranslationSession[None] = TranslationSession(model=model)
    said: list[str] = []
    complete = asyncio.Event()

    def on_translation(event: TranslationTranscribedEvent) -> None:
        said.append(event.transcript)
        if sum("." in text for text in said) == 2:
            complete.set()

    session.on("translation_transcribed", on_translation)
    session.input.audio = Microphone()
    sink = Sink()
    session.output.audio = sink
    await session.start()
    try:
        async with asyncio.timeout(30):
            await complete.wait()
            while sink.segments < 2:
                sink.segment_ended.clear()
                await sink.segment_ended.wait()
    finally:
        await session.aclose()
    assert "".join(said) == "GOOD MORNING ALL.AND WELCOME TO YOU.", said
    assert sink.seconds > 0.5, sink.seconds


asyncio.run(main())
