"""The worker's own engines, for replays: same models, same settings."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from livekit.agents import stt, vad
from rich.console import Console

from agent.config import Settings
from agent.engines import Engines as Loaded
from livekit.plugins import silero
from livekit.plugins.cascade import LLMTranslator, Translator

from .batch import Setup
from .systems import CountedTranslator, Engines, VoiceEngine


class WorkerEngines:
    """:class:`.systems.Engines` over what the worker loads."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded

    def stt(self, language: str) -> stt.STT[Any]:
        return self._loaded.stt(language)

    def translator(self, source_language: str, target_language: str) -> Translator:
        return CountedTranslator(
            LLMTranslator(
                self._loaded.llm(),
                source_language=source_language,
                target_language=target_language,
            )
        )

    def voice(self, language: str) -> VoiceEngine:
        voice = self._loaded.tts(language)
        return VoiceEngine(voice.tts, voice.set_speed)

    def vad(self) -> vad.VAD:
        return silero.VAD.load()


def load(folder: Path, console: Console) -> tuple[Callable[[], Engines], Setup]:
    """Load the models that the settings name; tells on ``console`` what is loaded.

    Raises:
        ValueError: a setting, or a model file, is missing or wrong.
    """
    settings = Settings()
    loaded = Loaded.load(settings, console.print)
    setup = Setup(folder, console, settings.model_dump(mode="json"))
    return lambda: WorkerEngines(loaded), setup
