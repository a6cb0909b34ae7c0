"""Writing a GGUF model anew in another quantisation, which the llama.cpp plugin does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .errors import SourceUnavailable
from .model import Requantised


def requantise(
    original: Path, destination: Path, made: Requantised, on_poll: Callable[[], None]
) -> None:
    """Write `original` to `destination` in the format that `made` names.

    Takes some seconds to a minute; `on_poll` is called several times a second.

    Raises:
        SourceUnavailable: livekit-plugins-llama-cpp is not installed, or llama.cpp refused.
    """
    try:
        from livekit.plugins import llama_cpp
    except ImportError as error:
        raise SourceUnavailable(
            f"livekit-plugins-llama-cpp cannot be imported ({error}); install it"
        ) from None
    try:
        llama_cpp.requantize(
            original, destination, made.quantisation, pure=made.pure, on_poll=on_poll
        )
    except (OSError, ValueError) as error:
        raise SourceUnavailable(str(error)) from None
