"""The recogniser in a plain AgentSession: what the user said arrives as a transcript."""

import asyncio
import os
from pathlib import Path

from livekit.agents import Agent, AgentSession, UserInputTranscribedEvent
from session_io import WavInput

from livekit.plugins import faster_whisper

MODELS = Path(os.environ["MODELS"])


async def main() -> None:
    heard: list[str] = []
    complete = asyncio.Event()

    def on_transcript(event: UserInputTranscribedEvent) -> None:
        if event.is_final:
            heard.append(event.transcript.lower())
            if "for your country" in " ".join(heard):
                complete.set()

    session: AgentSession[None] = AgentSession(
        stt=faster_whisper.STT(model=MODELS / "whisper-base", language="en"),
        turn_detection="manual",
    )
    session.on("user_input_transcribed", on_transcript)
    session.input.audio = WavInput(MODELS / "demo-audio" / "jfk.wav")
    await session.start(Agent(instructions=""), record=False)
    try:
        async with asyncio.timeout(60):
            await complete.wait()
    finally:
        await session.aclose()
    text = " ".join(heard)
    # How well it hears is tested elsewhere: between "ask not" and "asked not" here decides how
    # numpy's product of the features is rounded, on one thread or on two.
    assert text.count("what your country can do for you") == 1, text


asyncio.run(main())
