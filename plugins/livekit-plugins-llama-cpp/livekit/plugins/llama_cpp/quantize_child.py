"""Run as a script: SOURCE DESTINATION FTYPE [pure]. Imports nothing but llama_cpp.

Ends with whoever holds the standard input open: however its owner ends, the kernel closes that.
"""

import ctypes
import os
import runpy
import sys
import threading

import llama_cpp

# By its path: importing it would load the whole plugin, and LiveKit with it.
_VARIANTS = os.path.join(os.path.dirname(__file__), "variants.py")


def main(source: str, destination: str, ftype: str, mixture: str = "") -> int:
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = getattr(llama_cpp, ftype)
    parameters.allow_requantize = True
    parameters.pure = mixture == "pure"
    runpy.run_path(_VARIANTS, run_name="__main__")
    llama_cpp.llama_backend_init()
    status = llama_cpp.llama_model_quantize(
        os.fsencode(source), os.fsencode(destination), ctypes.byref(parameters)
    )
    return int(status)


def _end_with_owner() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_owner, daemon=True).start()
    sys.exit(main(*sys.argv[1:]))
