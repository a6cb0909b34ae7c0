"""Microsoft Edge online voices for LiveKit Agents, streamed, without an API key."""

from livekit.agents import Plugin

from .log import logger
from .tts import TTS, ChunkedStream
from .version import __version__
from .voices import VOICES, gender_of, voice_of, voices_of

__all__ = ["TTS", "VOICES", "ChunkedStream", "__version__", "gender_of", "voice_of", "voices_of"]


class EdgeTtsPlugin(Plugin):
    def __init__(self) -> None:
        super().__init__(__name__, __version__, __package__, logger)


Plugin.register_plugin(EdgeTtsPlugin())

_module = dir()
NOT_IN_ALL = [name for name in _module if name not in __all__]

__pdoc__ = dict.fromkeys(NOT_IN_ALL, False)
