"""How soon Kokoro begins to sound, piece by piece and at once. Run with ``-m benchmark -s``.

An interpretation is spoken in texts of six words. Each is said both ways in turn, by the same
model on one thread, and what Whisper hears of all of them is compared with the text.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

import jiwer
import numpy as np
import pytest
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from livekit.plugins.kokoro import Engine
from livekit.plugins.kokoro.models import MODEL_FILE, SHA256, VOICES_FILE, default_folder
from livekit.plugins.kokoro.speech_model import WindowedModel
from livekit.plugins.kokoro.statistics import statistics_of
from tests.speeches import (
    RATE,
    TEXTS,
    VOICES,
    heard,
    kokoro_parts,
    listener,
    plain,
)

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1800)]

ROUNDS = 5
WORDS = 6


@dataclass
class Times:
    """Seconds of each text, and its samples as they were said last."""

    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    audio: dict[str, NDArray[np.int16]] = field(default_factory=dict)

    def line(self, name: str, errors: float) -> str:
        middle, low, high = median(self.first), min(self.first), max(self.first)
        return (
            f"  {name:15} first audio {middle:.2f} s ({low:.2f} to {high:.2f}), "
            f"all {median(self.whole):.2f} s, word error rate {100 * errors:.1f} %"
        )


@pytest.fixture(scope="module")
def ways() -> Iterator[dict[str, Engine]]:
    first, second = kokoro_parts()
    with np.load(default_folder() / VOICES_FILE) as styles:
        voices = {name: styles[name] for name, _ in VOICES.values()}
    kinds = {"at once": {}, "piece by piece": statistics_of(SHA256[MODEL_FILE])}
    engines = {
        name: Engine(WindowedModel(first, second, statistics), voices)
        for name, statistics in kinds.items()
    }
    yield engines
    for engine in engines.values():
        engine.close()


@pytest.fixture(scope="module")
def whisper() -> WhisperModel:
    return listener()


async def say(engine: Engine, text: str, language: str, times: Times) -> None:
    voice, espeak = VOICES[language]
    began, arrived = time.perf_counter(), list[float]()
    samples = await engine.synthesize_async(
        text,
        voice=voice,
        espeak_language=espeak,
        speed=1.0,
        on_piece=lambda _: arrived.append(time.perf_counter() - began),
    )
    times.first.append(arrived[0])
    times.whole.append(time.perf_counter() - began)
    times.audio[text] = samples


@pytest.mark.parametrize("language", sorted(TEXTS))
async def test_the_first_audio_is_early(
    ways: dict[str, Engine], whisper: WhisperModel, language: str
) -> None:
    words = TEXTS[language].split()
    texts = [" ".join(words[at : at + WORDS]) for at in range(0, len(words), WORDS)]
    times = {name: Times() for name in ways}
    for _ in range(ROUNDS):
        for text in texts:
            for name, engine in ways.items():
                await say(engine, text, language, times[name])
    reference = plain(TEXTS[language])
    lines = []
    for name, found in times.items():
        said = np.concatenate([found.audio[text] for text in texts])
        errors = jiwer.wer(reference, plain(heard(whisper, said, language)))
        lines.append(found.line(name, errors))
    seconds = median(len(samples) / RATE for samples in times["at once"].audio.values())
    sys.stdout.write(f"\n{language}, {len(texts)} texts of {seconds:.2f} s, {ROUNDS} rounds:\n")
    sys.stdout.write("\n".join(lines) + "\n")
    assert median(times["piece by piece"].first) < 0.7 * median(times["at once"].first)
