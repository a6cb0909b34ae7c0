"""Writing a GGUF model anew in another quantisation, in a process of its own.

llama.cpp ends the process on some errors and writes to its standard error as it goes; neither
is wanted in a worker.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from agent.provisioning.commands import run_watched

from .model import Requantised

_CHILD = "livekit.plugins.llama_cpp.quantize_child"


def requantise(
    original: Path, destination: Path, made: Requantised, on_poll: Callable[[], None]
) -> None:
    """Write `original` to `destination` in the format that `made` names.

    Takes some seconds to a minute; `on_poll` is called several times a second.

    Raises:
        CommandFailed: livekit-plugins-llama-cpp is not installed, or llama.cpp refused.
    """
    arguments = [str(original), str(destination), f"LLAMA_FTYPE_MOSTLY_{made.quantisation}"]
    if made.pure:
        arguments.append("pure")
    run_watched([sys.executable, "-m", _CHILD, *arguments], on_poll=on_poll)
