"""The recording that is played into the room."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from agent.evaluation.material import MaterialError, decode
from agent.evaluation.recording import Samples
from agent.local.errors import LocalRunError

SAMPLE_RATE = 48_000
"""What WebRTC carries; other rates would be resampled on the way."""

# Quieter than this in every 16 bit sample is a muted microphone, -56 dB of full scale.
_SILENCE_PEAK = 50
_SHORTEST_SECONDS = 0.5


def load_speech(path: Path) -> Samples:
    """Mono 16 bit samples of any file that FFmpeg reads, at 48 kHz.

    Raises:
        LocalRunError: there is no such file, no audio in it, or nothing to hear in it.
    """
    if not path.is_file():
        raise LocalRunError(f"there is no recording {path}: give an audio file, AUDIO=talk.wav")
    try:
        samples = decode(path, SAMPLE_RATE)
    except MaterialError as error:
        raise LocalRunError(f"{error}. Give a file that ffmpeg can play, AUDIO=talk.wav") from None
    seconds = len(samples) / SAMPLE_RATE
    if seconds < _SHORTEST_SECONDS:
        raise LocalRunError(f"{path} lasts {seconds:.2f} s, which is too short to hold speech")
    if int(np.abs(samples.astype(np.int32)).max()) < _SILENCE_PEAK:
        raise LocalRunError(f"{path} is silent from beginning to end: record it again or louder")
    return samples
