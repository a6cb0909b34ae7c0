"""Fast speech: how much of it is understood, by who makes it fast. Run with ``-m benchmark -s``.

An interpretation is spoken in pieces of five words, by Kokoro at the whole speed, or at part of it
and its audio stretched. What Whisper hears is compared with the text, without case and punctuation.
"""

import sys
from collections.abc import Iterator

import numpy as np
import pytest
import sacrebleu
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from livekit import rtc
from livekit.plugins.cascade.tempo import Tempo
from livekit.plugins.kokoro import Engine
from tests.speeches import RATE, TEXTS, VOICES, heard, kokoro_engine, listener, plain

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1800)]

WORDS = 5
# Speed of the voice, and how much faster its audio is played.
WAYS = [(1.3, 1.0), (1.15, 1.3 / 1.15), (1.0, 1.3), (1.3, 1.45 / 1.3), (1.15, 1.45 / 1.15)]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    loaded = kokoro_engine()
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def whisper() -> WhisperModel:
    return listener()


def pieces(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[at : at + WORDS]) for at in range(0, len(words), WORDS)]


def stretched(samples: NDArray[np.int16], ratio: float) -> NDArray[np.int16]:
    if ratio == 1.0:
        return samples
    tempo = Tempo(sample_rate=RATE, ratio=ratio)
    frame = rtc.AudioFrame(samples.tobytes(), RATE, 1, len(samples))
    frames = [*tempo.push(frame), *tempo.flush()]
    return np.concatenate([np.frombuffer(frame.data, np.int16) for frame in frames])


def test_stretched_speech_is_understood_better(engine: Engine, whisper: WhisperModel) -> None:
    scores: dict[tuple[float, float], list[float]] = {way: [] for way in WAYS}
    for language, text in TEXTS.items():
        voice, espeak = VOICES[language]
        for speed, ratio in WAYS:
            parts = [
                engine.synthesize(part, voice=voice, espeak_language=espeak, speed=speed)
                for part in pieces(text)
            ]
            samples = np.concatenate([stretched(part, ratio) for part in parts])
            written = plain(heard(whisper, samples, language))
            score = sacrebleu.sentence_chrf(written, [plain(text)]).score
            scores[speed, ratio].append(score)
            line = f"{language} voice {speed:g} x stretched {ratio:.2f} = {speed * ratio:.2f}"
            seconds = len(samples) / RATE
            sys.stdout.write(f"{line}: {seconds:.1f} s, chrF of what is heard {score:.1f}\n")
    mean = {way: sum(of) / len(of) for way, of in scores.items()}
    assert mean[WAYS[1]] > mean[WAYS[0]], "at 1.3"
    assert mean[WAYS[4]] > mean[WAYS[3]], "at 1.45"
