"""Run as a script: MODEL. Evaluates two rows. Imports nothing but llama_cpp."""

import os
import runpy
import sys

import llama_cpp

# By its path: importing it would load the whole plugin, and LiveKit with it.
_VARIANTS = os.path.join(os.path.dirname(__file__), "variants.py")


def main(path: str) -> int:
    runpy.run_path(_VARIANTS, run_name="__main__")
    llama_cpp.llama_backend_init()
    model = llama_cpp.llama_model_load_from_file(
        os.fsencode(path), llama_cpp.llama_model_default_params()
    )
    if not model:
        return 1
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = 32
    parameters.n_threads = parameters.n_threads_batch = 1
    context = llama_cpp.llama_init_from_model(model, parameters)
    if not context:
        return 1
    rows = (llama_cpp.llama_token * 2)(0, 1)
    return int(llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(rows, len(rows))))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
