"""The offline voice in a plain AgentSession: what it is told to say is heard."""

import asyncio
import os
from pathlib import Path

from livekit.agents import Agent, AgentSession
from session_io import Sink

from livekit.plugins import kokoro

MODEL = Path(os.environ["MODELS"]) / "kokoro-82m"


async def main() -> None:
    voice = kokoro.TTS(
        language="en", model=MODEL / "kokoro-v1.0.int8.onnx", voices=MODEL / "voices-v1.0.bin"
    )
    session: AgentSession[None] = AgentSession(tts=voice)
    sink = Sink()
    session.output.audio = sink
    await session.start(Agent(instructions=""), record=False)
    try:
        async with asyncio.timeout(60):
            await session.say("Good morning, everyone.", allow_interruptions=False)
    finally:
        await session.aclose()
        await voice.aclose()
    assert 0.8 < sink.seconds < 4.0, sink.seconds


asyncio.run(main())
