"""Writing a GGUF model anew in another quantisation, in a process of its own.

llama.cpp ends the process on some errors and writes to its standard error as it goes; neither
is wanted in a worker.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path

from agent.provisioning.commands import run_watched

_CHILD = f"import sys; from {__name__} import run; sys.exit(run(*sys.argv[1:]))"


def requantise(
    original: Path, destination: Path, quantisation: str, on_poll: Callable[[], None]
) -> None:
    """Write `original` to `destination` in the format that llama.cpp calls `quantisation`.

    Takes some seconds on every core; `on_poll` is called several times a second.

    Raises:
        CommandFailed: llama-cpp-python is not installed, or llama.cpp refused.
    """
    arguments = (str(original), str(destination), quantisation)
    run_watched([sys.executable, "-c", _CHILD, *arguments], on_poll=on_poll)


def run(original: str, destination: str, quantisation: str) -> int:
    """What the child does; returns its exit status."""
    import llama_cpp

    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{quantisation}")
    parameters.allow_requantize = True
    llama_cpp.llama_backend_init()
    status = llama_cpp.llama_model_quantize(
        os.fsencode(original), os.fsencode(destination), ctypes.byref(parameters)
    )
    return int(status)
