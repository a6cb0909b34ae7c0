"""llama.cpp's code for this processor, where a build has it in several variants.

Built with GGML_BACKEND_DL, as the image is, llama.cpp can compute nothing until it is told where
its code for processors lies. llama-cpp-python does not tell it, and by itself it looks beside the
Python interpreter and in the working folder, where anybody's may lie. Of the variants that it finds
it takes the fastest that this processor can run. Imports nothing but llama_cpp, so that the scripts
beside it, which do without LiveKit, can run this file before llama.cpp looks elsewhere.
"""

import ctypes
import os
import threading
from typing import Any

import llama_cpp

_lock = threading.Lock()


def load(library: Any = None) -> bool:
    """Load the best variant, once in a process; nothing where the code is built in.

    Args:
        library: llama.cpp's, for tests. What it depends on is reached through it as well: a wheel
            has each library under several names, as copies, and another copy of ggml's would keep
            a list of backends of its own, which llama.cpp does not look into.

    Returns:
        Whether llama.cpp has code that runs on this processor.
    """
    if library is None:
        library = llama_cpp.llama_cpp._lib
    with _lock:
        if not _has_code(library):
            library.ggml_backend_load_all_from_path(os.fsencode(folder(library)))
        return _has_code(library)


def folder(library: Any = None) -> str:
    """Where the variants are looked for: beside llama.cpp itself."""
    name: str = (library or llama_cpp.llama_cpp._lib)._name
    return os.path.dirname(name)


def _has_code(library: Any) -> bool:
    by_name = library.ggml_backend_reg_by_name
    by_name.restype = ctypes.c_void_p
    return by_name(b"CPU") is not None


if __name__ == "__main__":
    load()
