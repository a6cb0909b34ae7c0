"""What a second target language adds to the work of translation. Run with ``-m benchmark -s``.

The same growing sentences are translated into one language and into two, in turns; each step
begins when the one before it is done, so both take the same steps. CPU time of the process.
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import pytest

from agent.evaluation.material import load_clips
from livekit.plugins import llama_cpp
from livekit.plugins.cascade import LLMTranslator, SentencePair, SourceSegment
from livekit.plugins.cascade.draft import OpenTranslation
from livekit.plugins.cascade.policy import options_for
from livekit.plugins.cascade.types import Word
from livekit.plugins.llama_cpp.models import default_folder

SPEECH = Path(os.environ.get("INTERPRETER_DATA", "../shared/data")) / "speech/parallel"
MODEL = "qwen2.5-coder-1.5b-instruct-q4_0"
RUNS = int(os.environ.get("BENCHMARK_RUNS", "5"))
STEP_WORDS = 3
pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not SPEECH.is_dir(), reason="INTERPRETER_DATA has no speech/parallel"),
]


class Route:
    """One target language: what is committed of the open sentence, and the sentences before."""

    def __init__(self, engine: llama_cpp.LLM, target: str) -> None:
        self._translator = LLMTranslator(engine, source_language="en", target_language=target)
        self._policy = options_for("en", target)
        self._context: list[SentencePair] = []
        self._open = OpenTranslation("", target, self._policy)

    async def take(self, snapshot: SourceSegment) -> None:
        if snapshot.segment_id != self._open.segment_id:
            language = self._translator.target_language
            self._open = OpenTranslation(snapshot.segment_id, language, self._policy, self._context)
        request = self._open.request(snapshot)
        self._open.begin(snapshot)
        self._open.update(snapshot, await self._translator.translate(request))
        self._open.commit(snapshot)
        if snapshot.final:
            self._context.append(SentencePair(snapshot.text, self._open.committed))


def sentences() -> list[list[str]]:
    (clip,) = load_clips([SPEECH], language="en", only="p2")
    assert clip.text
    text = clip.text.replace(". ", ".\n")
    return [line.split() for line in text.splitlines()]


def snapshots(sentences: Sequence[Sequence[str]]) -> Iterator[SourceSegment]:
    for number, texts in enumerate(sentences):
        words = tuple(Word(text, float(i), i + 1.0) for i, text in enumerate(texts))
        ends = [*range(STEP_WORDS, len(words), STEP_WORDS), len(words)]
        for end in ends:
            yield SourceSegment(
                segment_id=str(number),
                language="en",
                committed=words[:end],
                tail=(),
                final=end == len(words),
                media_time=0.0,
                wall_time=0.0,
            )


async def cpu_seconds(runtime: llama_cpp.Runtime, targets: Sequence[str]) -> float:
    engine = llama_cpp.LLM(runtime=runtime)
    routes = [Route(engine, target) for target in targets]
    started = time.process_time()
    for snapshot in snapshots(sentences()):
        await asyncio.gather(*(route.take(snapshot) for route in routes))
    await engine.aclose()
    return time.process_time() - started


async def test_a_second_language_costs_less_than_the_first() -> None:
    if not (default_folder() / MODEL).is_dir():
        pytest.skip(f"no model {MODEL}; make models")
    runtime = await asyncio.to_thread(llama_cpp.Runtime.load, MODEL)
    try:
        await cpu_seconds(runtime, ["es", "fr"])
        one, two = [], []
        for _ in range(RUNS):
            one.append(await cpu_seconds(runtime, ["es"]))
            two.append(await cpu_seconds(runtime, ["es", "fr"]))
    finally:
        await asyncio.to_thread(runtime.close)
    shares = sorted(both / first - 1 for first, both in zip(one, two, strict=True))
    sys.stdout.write(
        f"\none language {median(one):.1f} CPU s, two {median(two):.1f} CPU s; the second adds "
        f"{median(shares):.0%} of the first ({shares[0]:.0%} to {shares[-1]:.0%})\n"
    )
    assert median(shares) <= 0.65
