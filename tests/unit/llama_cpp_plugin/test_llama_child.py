"""The process that requantises: it ends with its owner, however that ends."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

# In llama.cpp's place: computes for longer than anybody waits, and holds the pipe open.
SLOW = """
import ctypes, time, types
LLAMA_FTYPE_MOSTLY_Q4_0 = 2
def ggml_backend_reg_by_name(name): return 1
llama_cpp = types.SimpleNamespace(_lib=types.SimpleNamespace(**globals()))
class llama_model_quantize_default_params(ctypes.Structure): pass
def llama_backend_init(): pass
def llama_model_quantize(source, destination, parameters):
    with open(destination, "wb"):
        time.sleep(60)
"""
OWNER = """
import os, sys
from livekit.plugins.llama_cpp.quantize import _CHILD, _run
folder, *arguments = sys.argv[1:]
os.environ["PYTHONPATH"] = folder
_run([sys.executable, "-P", str(_CHILD), *arguments], lambda: None)
"""


def test_the_child_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    (tmp_path / "llama_cpp.py").write_text(SLOW)
    pipe = tmp_path / "out.gguf"
    os.mkfifo(pipe)
    arguments: list[str | Path] = [tmp_path / "model.gguf", pipe, "LLAMA_FTYPE_MOSTLY_Q4_0"]
    owner = subprocess.Popen([sys.executable, "-c", OWNER, tmp_path, *arguments])
    # Opens once the child computes, and is at its end when nobody has it open any more.
    with pipe.open("rb") as held:
        owner.kill()
        owner.wait()
        assert select.select([held], [], [], 30)[0]
        assert held.read() == b""
