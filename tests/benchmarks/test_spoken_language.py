"""How soon Whisper knows which language is spoken. Run with ``-m benchmark -s``.

Utterances are looked at from their beginning, as a stream does at the beginning of each, and whole
recordings in windows of four seconds. What may be spoken are six languages, or any that Whisper
knows. Needs the recordings of the shared data.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from faster_whisper.vad import VadOptions, get_speech_timestamps
from numpy.typing import NDArray

from agent.evaluation.material import SAMPLE_RATE, decode
from livekit.plugins.faster_whisper import DecodeRequest, Recognizer
from livekit.plugins.faster_whisper.language import among

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1800)]

Audio = NDArray[np.float32]
SIX = ("en", "es", "fr", "it", "de", "pt")
SURE = 0.9
LEAD_SECONDS = 0.3
LOOKS_SECONDS = (0.8, 1.2, 1.6, 2.0, 3.0)
WINDOW_SECONDS = 4.0
PAUSE_MS = 450


@dataclass
class Tally:
    looks: int = 0
    wrong: int = 0
    surely_wrong: int = 0

    def count(self, language: str, probabilities: Mapping[str, float]) -> None:
        likeliest = max(probabilities, key=probabilities.__getitem__)
        self.looks += 1
        self.wrong += likeliest != language
        self.surely_wrong += likeliest != language and probabilities[likeliest] > SURE


def test_how_often_the_language_is_mistaken(data: Path, recognizer: Recognizer) -> None:
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for file in sorted((data / "speech" / "parallel").glob("*.flac")):
        language = file.name[:2]
        speech = decode(file).astype(np.float32) / np.float32(32768)
        for what, part in (*_beginnings(speech), *_windows(speech)):
            request = DecodeRequest(part, 0.0, len(part) / SAMPLE_RATE, language="en", detect=True)
            found = recognizer.decode(request).language_probabilities
            tallies[f"{what}, of any"].count(language, found)
            tallies[f"{what}, of six"].count(language, among(found, sorted({*SIX, language})))
    for what, tally in sorted(tallies.items()):
        sys.stdout.write(
            f"{what}: {tally.looks} looks, {tally.wrong} wrong, {tally.surely_wrong} of them sure\n"
        )
    assert not any(tally.surely_wrong for what, tally in tallies.items() if "window" in what)


def _beginnings(speech: Audio) -> Iterator[tuple[str, Audio]]:
    options = VadOptions(min_silence_duration_ms=PAUSE_MS, speech_pad_ms=0)
    for found in get_speech_timestamps(speech, options):
        start = max(0, found["start"] - round(LEAD_SECONDS * SAMPLE_RATE))
        for seconds in LOOKS_SECONDS:
            end = found["start"] + round(seconds * SAMPLE_RATE)
            if end <= found["end"]:
                yield f"the first {seconds} s", speech[start:end]


def _windows(speech: Audio) -> Iterator[tuple[str, Audio]]:
    size = round(WINDOW_SECONDS * SAMPLE_RATE)
    for start in range(0, len(speech) - size, SAMPLE_RATE):
        yield f"a window of {WINDOW_SECONDS} s", speech[start : start + size]
