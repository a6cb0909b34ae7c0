"""The online voice in a plain AgentSession, against a local server that speaks its protocol."""

import asyncio
import os
import sys

import edge_tts as client
from livekit.agents import Agent, AgentSession
from session_io import Sink

from livekit.plugins import edge_tts

sys.path.insert(0, os.environ["REPOSITORY"])
from tests.fakes.edge_server import WORD_SECONDS, edge_server  # noqa: E402


async def main() -> None:
    async with edge_server() as server:
        client.communicate.WSS_URL = server.url  # type: ignore[attr-defined]
        voice = edge_tts.TTS(language="es")
        session: AgentSession[None] = AgentSession(tts=voice)
        sink = Sink()
        session.output.audio = sink
        await session.start(Agent(instructions=""), record=False)
        try:
            async with asyncio.timeout(60):
                await session.say("Buenos días a todos.", allow_interruptions=False)
        finally:
            await session.aclose()
            await voice.aclose()
    assert sink.seconds >= 3 * WORD_SECONDS, sink.seconds


asyncio.run(main())
