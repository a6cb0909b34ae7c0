"""Microsoft Edge online voices for LiveKit Agents, streamed, without an API key."""

from livekit.agents import Plugin

from .log import logger
from .version import __version__

__all__ = ["__version__"]


class EdgeTtsPlugin(Plugin):
    def __init__(self) -> None:
        super().__init__(__name__, __version__, __package__, logger)


Plugin.register_plugin(EdgeTtsPlugin())
