"""Streaming speech recognition with faster-whisper for LiveKit Agents."""

import os

# ONNX Runtime reports to its maker from the moment that it is first imported, with an identifier
# of this machine, unless this is set by then (its Privacy.md).
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # noqa: TID251

from livekit.agents import Plugin

from .agreement import AlignedHoldBack, LocalAgreement, Policy, Word
from .allocator import keep_memory_mapped
from .decoding import AudioContext, DecodeRequest, Hypothesis, Task
from .language import check_language
from .log import logger
from .models import download
from .options import StreamOptions
from .recognizer import Recognizer
from .stream import SpeechStream
from .stt import STT
from .transcriber import WindowOptions
from .version import __version__

__all__ = [
    "STT",
    "AlignedHoldBack",
    "AudioContext",
    "DecodeRequest",
    "Hypothesis",
    "LocalAgreement",
    "Policy",
    "Recognizer",
    "SpeechStream",
    "StreamOptions",
    "Task",
    "WindowOptions",
    "Word",
    "__version__",
    "check_language",
    "keep_memory_mapped",
]


class FasterWhisperPlugin(Plugin):
    def __init__(self) -> None:
        super().__init__(__name__, __version__, __package__, logger)

    def download_files(self) -> None:
        download()


Plugin.register_plugin(FasterWhisperPlugin())

_module = dir()
NOT_IN_ALL = [name for name in _module if name not in __all__]

__pdoc__ = dict.fromkeys(NOT_IN_ALL, False)
