"""Ways of streaming with one Whisper model, to be compared on the same recordings."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from livekit.agents import stt, vad

from livekit.plugins import faster_whisper
from livekit.plugins.cascade import Translator
from livekit.plugins.faster_whisper import AudioContext, Recognizer, StreamOptions, WindowOptions

from .systems import VoiceEngine

# whisper_streaming as published: the buffer is cut at a segment end beyond 15 s, by force at 30 s
# which is all that Whisper sees; every decode is padded to 30 s and keeps five hypotheses in view.
_PUBLISHED_WINDOW = WindowOptions(kept=10.0, longest=15.0, forced=29.0)
_PUBLISHED_BEAM = 5


def recognisers(model: Path | None = None) -> Mapping[str, Callable[[], stt.STT[Any]]]:
    """Recognisers by name, over at most two loaded copies of the model.

    * ``hold-back``: the plugin's default, one decode a step over an adaptive context.
    * ``agreement``: LocalAgreement-2 over the same windows and contexts.
    * ``agreement-full``: LocalAgreement-2 at the full 30 s context, as whisper_streaming does it.
    """

    @cache
    def default() -> Recognizer:
        return Recognizer.load(model)

    @cache
    def published() -> Recognizer:
        context = AudioContext(adaptive=False)
        return Recognizer.load(model, context=context, beam_size=_PUBLISHED_BEAM)

    return {
        "hold-back": lambda: faster_whisper.STT(recognizer=default(), policy="hold_back"),
        "agreement": lambda: faster_whisper.STT(recognizer=default(), policy="local_agreement"),
        "agreement-full": lambda: faster_whisper.STT(
            recognizer=published(),
            policy="local_agreement",
            options=StreamOptions(window=_PUBLISHED_WINDOW),
        ),
    }


class RecogniserOnly:
    """Engines for a replay without target languages."""

    def __init__(self, recogniser: Callable[[], stt.STT[Any]]) -> None:
        self._recogniser = recogniser

    def direct(self, language: str) -> stt.STT[Any]:
        raise NotImplementedError("the recogniser has its task already")

    def stt(self, language: str) -> stt.STT[Any]:
        return self._recogniser()

    def translator(self, source_language: str, target_language: str) -> Translator:
        raise NotImplementedError("a recogniser does not translate")

    def voice(self, language: str) -> VoiceEngine:
        raise NotImplementedError("a recogniser does not speak")

    def vad(self) -> vad.VAD:
        raise NotImplementedError("the recogniser brings its own")
