"""The worker's own engines, for replays: same models, same settings."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from livekit.agents import stt, vad
from rich.console import Console

from agent.config import Settings, load_settings
from agent.delivery import delivery_for
from agent.engines import Engines as Loaded
from agent.engines.detection import speech_detector
from agent.models import MODELS, PROFILES
from livekit.plugins.cascade import Delivery, Translator

from .batch import Setup
from .systems import CountedTranslator, Engines, VoiceEngine

_SECRETS = {"livekit_url", "livekit_api_key", "livekit_api_secret", "openai", "encryption"}
_END_SILENCE_SECONDS = 0.5
_PREFIX_SECONDS = 0.5


class WorkerEngines:
    """:class:`.systems.Engines` over what the worker loads."""

    def __init__(self, loaded: Loaded, delivery: Delivery) -> None:
        self._loaded = loaded
        self._delivery = delivery

    def direct(self, language: str) -> stt.STT[Any]:
        return self._loaded.translating(language)

    def stt(self, language: str) -> stt.STT[Any]:
        return self._loaded.stt((language,))

    def translator(self, source_language: str, target_language: str) -> Translator:
        model = self._loaded.llm()
        return CountedTranslator(self._loaded.translator(model, source_language, target_language))

    def voice(self, language: str) -> VoiceEngine:
        voice = self._loaded.tts(language)
        return VoiceEngine(voice.tts, voice.set_speed, self._delivery)

    def vad(self) -> vad.VAD:
        return speech_detector(_END_SILENCE_SECONDS, prefix_seconds=_PREFIX_SECONDS)


def load(folder: Path, console: Console) -> tuple[Callable[[], Engines], Setup]:
    """Load the models that the settings name; tells on ``console`` what is loaded.

    Raises:
        ValueError: a setting is wrong.
        ModelError, OSError: a model is missing or damaged.
    """
    settings = load_settings()
    loaded = Loaded.load(settings, console.print)
    shown = settings.model_dump(mode="json", exclude=_SECRETS)
    delivery = delivery_for(settings.tts)
    return lambda: WorkerEngines(loaded, delivery), Setup(folder, console, shown, _hashes(settings))


def _hashes(settings: Settings) -> dict[str, str]:
    """Those that the store has verified; a model of one's own is named in the settings."""
    chosen = (settings.stt.model, settings.translation.model, settings.tts.model)
    defaults = PROFILES[settings.profile]
    names = [own or default for own, default in zip(chosen, defaults, strict=True)]
    return {
        f"{name}/{file.path}": file.sha256 or "not known beforehand"
        for name in names
        if name in MODELS
        for file in MODELS[name].files
    }
