"""Whether llama.cpp's AMX kernels work in this build.

GCC removes most of the tile configuration as dead stores, because its ``_tile_loadconfig`` does not
say what it reads; the first batch of two rows then ends the process with SIGILL. Of that build
nothing can be asked, so a process of its own tries it out.
Source: https://github.com/ggml-org/llama.cpp/pull/26954
"""

import signal
import subprocess
import sys
from pathlib import Path

import llama_cpp

from .log import logger

_CHILD = Path(__file__).with_name("two_rows_child.py")
# Reading a model of some gigabytes from a slow disk.
_TIMEOUT_SECONDS = 180.0
_BUILD = (
    "CMAKE_ARGS='-DCMAKE_CXX_FLAGS=\"-fno-dse -fno-tree-dse\"' pip install --force-reinstall "
    "--no-cache-dir --no-binary llama-cpp-python llama-cpp-python"
)


def repacking_works(model: Path) -> bool:
    """Whether the weights may be repacked for the processor's faster kernels.

    Blocks for a second or two on processors with AMX and returns at once on others. Of a build that
    is broken the log says how to make another.

    Args:
        model: a GGUF file that loads.
    """
    if not _uses_amx(llama_cpp.llama_print_system_info().decode()) or survives(model):
        return True
    logger.warning(
        "llama.cpp was compiled so that its AMX kernels crash; going on without them and without "
        "repacked weights, which takes about twice the time. Build it again: %s",
        _BUILD,
    )
    return False


def _uses_amx(system_info: str) -> bool:
    """Whether a build has AMX kernels, by what ``llama_print_system_info`` says."""
    return "AMX_INT8 = 1" in system_info


def survives(model: Path, child: Path = _CHILD) -> bool:
    """Whether a process that evaluates two rows is not ended by SIGILL.

    A model that cannot be read is nothing that this is about; loading it says so.
    """
    command = [sys.executable, "-P", str(child), str(model)]
    try:
        status = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return True
    return status != -signal.SIGILL
