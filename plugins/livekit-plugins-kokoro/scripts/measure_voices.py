"""Measure what the plugin's ``statistics.npz`` says of the voices that it offers.

    python plugins/livekit-plugins-kokoro/scripts/measure_voices.py

Takes a quarter of an hour on one core. To be run again when the model, the voices on offer or the
cut between the two parts of the model (``generator.py``) change.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import onnxruntime
from voice_texts import TEXTS

from livekit.plugins.kokoro import Engine
from livekit.plugins.kokoro.audio import SAMPLE_RATE, Piece
from livekit.plugins.kokoro.models import MODEL_FILE, VOICES_FILE, download
from livekit.plugins.kokoro.preparation import prepared
from livekit.plugins.kokoro.speech_model import Saying, WindowedModel
from livekit.plugins.kokoro.statistics import FILE, Moments, average, keep
from livekit.plugins.kokoro.voices import LANGUAGES, REGIONS

# The other regions speak with voices of their language.
BRITISH = {"en-GB": REGIONS["en-GB"]}


class Measuring:
    """A model that notes the statistics of what it says."""

    def __init__(self, model: WindowedModel) -> None:
        self.session = model.session
        self.measured: dict[str, list[tuple[Moments, float]]] = defaultdict(list)
        self._model = model

    def say(self, saying: Saying, options: onnxruntime.RunOptions) -> Iterator[Piece]:
        samples, moments = self._model.measured(saying, options)
        self.measured[saying.voice].append((moments, len(samples) / SAMPLE_RATE))
        yield Piece(samples)


def main() -> None:
    folder = download()
    made = prepared(folder / MODEL_FILE)
    first, second = (
        onnxruntime.InferenceSession(part, providers=["CPUExecutionProvider"])
        for part in made.parts
    )
    model = Measuring(WindowedModel(first, second, {}))
    with np.load(folder / VOICES_FILE) as styles:
        engine = Engine(model, dict(styles))
    for tag, language in (LANGUAGES | BRITISH).items():
        for voice in language.voices:
            sys.stderr.write(f"{tag} {voice}\n")
            for text in TEXTS[tag[:2]]:
                engine.synthesize(text, voice=voice, espeak_language=language.espeak, speed=1.0)
    engine.close()
    keep({voice: average(texts) for voice, texts in model.measured.items()}, made.digest)
    sys.stderr.write(f"{len(model.measured)} voices in {FILE}\n")


if __name__ == "__main__":
    main()
