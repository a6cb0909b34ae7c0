"""Offline neural voices (Kokoro-82M on ONNX Runtime) for LiveKit Agents."""

from livekit.agents import Plugin

from .engine import Engine
from .log import logger
from .models import default_folder, verify
from .tts import TTS
from .version import __version__
from .voices import LANGUAGES

__all__ = ["LANGUAGES", "TTS", "Engine", "__version__"]


class KokoroPlugin(Plugin):
    def __init__(self) -> None:
        super().__init__(__name__, __version__, __package__, logger)

    def download_files(self) -> None:
        """Check the model files; a missing or damaged one is an error that says how to get it."""
        verify(default_folder())


Plugin.register_plugin(KokoroPlugin())
