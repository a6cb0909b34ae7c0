"""Run as a script: SOURCE DESTINATION FTYPE [pure]. Imports nothing but llama_cpp."""

import ctypes
import os
import sys

import llama_cpp


def main(source: str, destination: str, ftype: str, mixture: str = "") -> int:
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = getattr(llama_cpp, ftype)
    parameters.allow_requantize = True
    parameters.pure = mixture == "pure"
    llama_cpp.llama_backend_init()
    status = llama_cpp.llama_model_quantize(
        os.fsencode(source), os.fsencode(destination), ctypes.byref(parameters)
    )
    return int(status)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
