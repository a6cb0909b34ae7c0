"""Getting and running what the interpreter needs next to it and pip cannot install."""

from .install import LiveKitServerUnavailable, ensure_livekit_server
from .livekit_binary import find_livekit_server
from .livekit_server import LiveKitServer, LiveKitServerError, own_address
from .progress import PlainProgress, Progress, console_progress

__all__ = [
    "LiveKitServer",
    "LiveKitServerError",
    "LiveKitServerUnavailable",
    "PlainProgress",
    "Progress",
    "console_progress",
    "ensure_livekit_server",
    "find_livekit_server",
    "own_address",
]
