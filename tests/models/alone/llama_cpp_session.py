"""The language model in a plain AgentSession: it answers."""

import asyncio
import os
from pathlib import Path

from livekit.agents import Agent, AgentSession
from livekit.agents.voice.run_result import RunResult

from livekit.plugins import llama_cpp

MODEL = Path(os.environ["MODELS"]) / "qwen2.5-coder-0.5b-instruct-q4_k_m" / "model.gguf"


async def main() -> None:
    llm = llama_cpp.LLM(model=MODEL, max_tokens=16)
    session: AgentSession[None] = AgentSession(llm=llm)
    await session.start(Agent(instructions="Answer in one word."), record=False)
    try:
        async with asyncio.timeout(60):
            result: RunResult[None] = await session.run(user_input="What is the capital of France?")
        answers = [event.item.text_content for event in result.events if event.type == "message"]
    finally:
        await session.aclose()
        await llm.aclose()
    assert any(answer and "paris" in answer.lower() for answer in answers), answers


asyncio.run(main())
