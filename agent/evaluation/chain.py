"""A long recording out of short ones, with silence and noise in it: for endurance."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .material import SAMPLE_RATE, Clip, decode
from .recording import Samples, write_wav

_NAME = "chain"
_PAUSE_SECONDS = 0.5
_SILENCE_SECONDS, _NOISE_SECONDS = 30.0, 10.0
_NOISE_AMPLITUDE = 600.0


@dataclass(frozen=True, slots=True)
class Chained:
    """Samples at 16 kHz, the clips in them, and the stretches (seconds) in which nobody speaks."""

    samples: Samples
    clips: tuple[Clip, ...]
    quiet: tuple[tuple[float, float], ...]


def chain(clips: Sequence[Clip], *, seconds: float) -> Chained:
    """Clips in turn, over and over, until there are ``seconds`` of them.

    A third of the way in come 30 s of silence, two thirds in 10 s of noise (as loud as a room).

    Raises:
        MaterialError: a clip cannot be read.
    """
    decoded = {clip.path: decode(clip.path) for clip in clips}
    interludes = [
        (seconds / 3, np.zeros(int(_SILENCE_SECONDS * SAMPLE_RATE), dtype=np.int16)),
        (2 * seconds / 3, _noise()),
    ]
    parts: list[Samples] = []
    used: list[Clip] = []
    quiet: list[tuple[float, float]] = []
    length = 0.0
    while length < seconds:
        clip = clips[len(used) % len(clips)]
        used.append(clip)
        pause = np.zeros(int(_PAUSE_SECONDS * SAMPLE_RATE), dtype=np.int16)
        parts += [decoded[clip.path], pause]
        length = sum(map(len, parts)) / SAMPLE_RATE
        if interludes and length >= interludes[0][0]:
            interlude = interludes.pop(0)[1]
            parts.append(interlude)
            quiet.append((length, length + len(interlude) / SAMPLE_RATE))
    return Chained(np.concatenate(parts), tuple(used), tuple(quiet))


def _noise() -> Samples:
    random = np.random.default_rng(1)
    noise = random.normal(0.0, _NOISE_AMPLITUDE, int(_NOISE_SECONDS * SAMPLE_RATE))
    return noise.clip(-32768, 32767).astype(np.int16)


def write_chain(chained: Chained, folder: Path) -> Path:
    """Write the recording and a manifest that ``replay`` takes; returns the manifest's path.

    A text of which a clip lacks its part is left out: nothing could be scored against it.
    """
    write_wav(folder / f"{_NAME}.wav", chained.samples, SAMPLE_RATE)
    source = chained.clips[0].language
    texts = [(source, [clip.text for clip in chained.clips])]
    for language in chained.clips[0].references:
        texts.append((language, [clip.references.get(language, "") for clip in chained.clips]))
    entries = [
        {
            "file": f"{_NAME}.wav",
            "language": language,
            "passage": _NAME,
            "text": " ".join(parts) if all(parts) else "",
            "quiet": chained.quiet,
        }
        for language, parts in texts
        if language == source or all(parts)
    ]
    path = folder / "manifest.json"
    path.write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path
