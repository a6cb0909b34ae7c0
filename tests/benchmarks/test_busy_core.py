"""What other work on a core costs translation on one thread and on two. ``-m benchmark -s``.

Threads of one pass wait for each other hundreds of times. Where they stay awake for it, as OpenMP's
do while it thinks that each has a core, a token can take ten times as long beside other work; so
does llama-cpp-python's own class on the main thread. Here it must not, for translation takes every
core that is free a moment before. Seconds of the same answer, in turns.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import pytest
from livekit.agents.llm import ChatContext

from livekit.plugins import llama_cpp
from livekit.plugins.llama_cpp.models import default_folder

MODEL = "qwen2.5-coder-1.5b-instruct-q4_0"
RUNS = int(os.environ.get("BENCHMARK_RUNS", "5"))
TEXT = (
    "The committee has decided to publish the minutes of its meetings before the end of the year."
)
BUSY = "while True: pass"
pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(1800),
    pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two cores"),
]


@contextmanager
def other_work(processes: int) -> Iterator[None]:
    started = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


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


async def test_a_second_thread_is_no_loss_beside_other_work() -> None:
    if not (default_folder() / MODEL).is_dir():
        pytest.skip(f"no model {MODEL}; make models")
    threads = 1
    runtime = await asyncio.to_thread(llama_cpp.Runtime.load, MODEL, threads=lambda: threads)
    engine = llama_cpp.LLM(runtime=runtime, max_tokens=16)
    taken: dict[tuple[int, int], list[float]] = {}
    try:
        await seconds(engine)
        for _ in range(RUNS):
            for busy in (0, 1):
                with other_work(busy):
                    for threads in (1, 2):
                        taken.setdefault((busy, threads), []).append(await seconds(engine))
    finally:
        await engine.aclose()
        await asyncio.to_thread(runtime.close)
    for (busy, used), values in taken.items():
        sys.stdout.write(
            f"\n{busy} cores busy, {used} threads: {median(values):.2f} s "
            f"({min(values):.2f} to {max(values):.2f})\n"
        )
    assert median(taken[1, 2]) <= 1.5 * median(taken[1, 1])
