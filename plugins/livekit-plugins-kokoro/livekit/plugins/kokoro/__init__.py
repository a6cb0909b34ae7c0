"""Offline neural voices (Kokoro-82M on ONNX Runtime) for LiveKit Agents."""

import os

# ONNX Runtime reports to its maker from the moment that it is first imported, with an identifier
# of this machine, unless this is set by then (its Privacy.md).
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # noqa: TID251

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
