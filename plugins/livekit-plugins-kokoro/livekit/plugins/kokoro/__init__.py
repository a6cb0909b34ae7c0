"""Offline neural voices (Kokoro-82M on ONNX Runtime) for LiveKit Agents."""

from livekit.agents import Plugin

from .engine import Engine
from .log import logger
from .models import download
from .tts import TTS, ChunkedStream, check_language
from .version import __version__
from .voices import LANGUAGES, gender_of, voices_of

__all__ = [
    "LANGUAGES",
    "TTS",
    "ChunkedStream",
    "Engine",
    "__version__",
    "check_language",
    "gender_of",
    "voices_of",
]


class KokoroPlugin(Plugin):
    def __init__(self) -> None:
        super().__init__(__name__, __version__, __package__, logger)

    def download_files(self) -> None:
        download()


Plugin.register_plugin(KokoroPlugin())

_module = dir()
NOT_IN_ALL = [name for name in _module if name not in __all__]

__pdoc__ = dict.fromkeys(NOT_IN_ALL, False)
