"""Getting and running what the interpreter needs next to it and pip cannot install."""

from .livekit_binary import find_livekit_server, livekit_server_cache
from .livekit_server import LiveKitServer, LiveKitServerError

__all__ = [
    "LiveKitServer",
    "LiveKitServerError",
    "find_livekit_server",
    "livekit_server_cache",
]
