"""What other work on a core costs translation on one thread and on two. ``-m benchmark -s``.

Threads of one pass wait for each other hundreds of times. Where other work leaves them but one
core, each may wait for its time slice as often. So the worker gives translation a second thread
only where a second core is free (``agent/engines/cores.py``). Translation alone shows but a trace
of it; in a room, where many small threads run as well, single tokens took twenty times as long
(``test_other_load.py`` shows what a listener has of it).
Seconds of the same answer, in turns, beside nothing, beside a process that computes half of the
time in short pieces, and beside one that never rests; with either number of threads, and as the
worker does it.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from statistics import median

import pytest
from livekit.agents.llm import ChatContext

from agent.engines.cores import FreeCores, OtherProcesses
from livekit.plugins import llama_cpp
from livekit.plugins.llama_cpp.models import default_folder
from tests.other_work import other_work

MODEL = "qwen2.5-coder-1.5b-instruct-q4_0"
RUNS = int(os.environ.get("BENCHMARK_RUNS", "5"))
TEXT = (
    "The committee has decided to publish the minutes of its meetings before the end of the year."
)
SHARES = (0.0, 0.5, 1.0)
pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(1800),
    pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two cores"),
]


async def seconds(engine: llama_cpp.LLM) -> float:
    context = ChatContext.empty()
    context.add_message(role="system", content="Translate into Spanish.")
    context.add_message(role="user", content=TEXT)
    started = time.perf_counter()
    # Each token in a pass of its own, as the words that no draft has.
    async with engine.chat(chat_ctx=context, extra_kwargs={"use_draft": False}) as stream:
        async for _ in stream:
            pass
    return time.perf_counter() - started


async def test_translation_takes_no_core_that_others_use() -> None:
    if not (default_folder() / MODEL).is_dir():
        pytest.skip(f"no model {MODEL}; make models")
    ways: dict[str, Callable[[], int]] = {
        "one thread": lambda: 1,
        "two threads": lambda: 2,
        "free cores": FreeCores(2, others=OtherProcesses(), machine=os.cpu_count()),
    }
    way = "one thread"
    runtime = await asyncio.to_thread(llama_cpp.Runtime.load, MODEL, threads=lambda: ways[way]())
    engine = llama_cpp.LLM(runtime=runtime, max_tokens=16)
    taken: dict[tuple[float, str], list[float]] = {}
    try:
        await seconds(engine)
        for _ in range(RUNS):
            for share in SHARES:
                with other_work(share):
                    for way in ways:
                        # Another answer first, in which others are measured.
                        await seconds(engine)
                        taken.setdefault((share, way), []).append(await seconds(engine))
    finally:
        await engine.aclose()
        await asyncio.to_thread(runtime.close)
    for (share, used), values in taken.items():
        sys.stdout.write(
            f"\n{share:.1f} cores busy, {used}: {median(values):.2f} s "
            f"({min(values):.2f} to {max(values):.2f})\n"
        )
    for share in SHARES:
        best = min(median(taken[share, used]) for used in ("one thread", "two threads"))
        assert median(taken[share, "free cores"]) <= 1.3 * best
