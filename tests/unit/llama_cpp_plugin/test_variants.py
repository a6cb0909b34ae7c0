"""The code for this processor is loaded where a build has it in variants, and in no other."""

import subprocess
import sys
from pathlib import Path

import pytest

from livekit.plugins.llama_cpp import ModelLoadError, Runtime, variants

pytestmark = pytest.mark.unit


class Library:
    """In the place of llama.cpp's: it has code for processors, or some that runs can be loaded."""

    _name = "/wheel/llama_cpp/lib/libllama.so"

    def __init__(self, *, built_in: bool, loads: bool = True) -> None:
        self.asked: list[bytes] = []

        # Functions, since those of ctypes take a result type.
        def by_name(name: bytes) -> int | None:
            return 1 if name == b"CPU" and (built_in or (self.asked and loads)) else None

        self.ggml_backend_reg_by_name = by_name
        self.ggml_backend_load_all_from_path = self.asked.append


def test_a_build_that_has_its_code_loads_none() -> None:
    library = Library(built_in=True)
    assert variants.load(library)
    assert library.asked == []


def test_variants_are_looked_for_beside_llama_cpp_and_once() -> None:
    library = Library(built_in=False)
    assert variants.load(library) and variants.load(library)
    assert library.asked == [b"/wheel/llama_cpp/lib"]


def test_a_processor_without_code_is_told_from_one_that_has_it() -> None:
    assert not variants.load(Library(built_in=False, loads=False))


def test_the_error_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "model.gguf"
    model.write_bytes(b"GGUF")
    monkeypatch.setattr(variants, "load", lambda: False)
    with pytest.raises(ModelLoadError, match=r"no code for this processor in .*lib \(.+\)"):
        Runtime.load(model)


def test_the_installed_build_has_code_for_this_processor() -> None:
    assert variants.load()


def test_the_scripts_load_it_without_the_plugin() -> None:
    """In the library that llama_cpp computes with: its copies know nothing of each other."""
    check = """
import runpy, sys
runpy.run_path(sys.argv[1], run_name="__main__")
import llama_cpp
assert "livekit" not in sys.modules
assert b"CPU" in llama_cpp.llama_print_system_info()
"""
    command = [sys.executable, "-P", "-c", check, variants.__file__]
    subprocess.run(command, check=True)
