"""A build of llama.cpp with broken AMX kernels is found out before it ends the process."""

import logging
from pathlib import Path

import pytest

from livekit.plugins.llama_cpp import amx

pytestmark = pytest.mark.unit

WITH_AMX = b"CPU : SSE3 = 1 | AVX512 = 1 | AMX_INT8 = 1 | LLAMAFILE = 1 | REPACK = 1 | "
WITHOUT_AMX = b"CPU : SSE3 = 1 | AVX512 = 1 | LLAMAFILE = 1 | REPACK = 1 | "
CHILDREN = {
    "sound": "import sys; sys.exit(0)",
    "cannot read the model": "import sys; sys.exit(1)",
    "broken": "import os, signal; os.kill(os.getpid(), signal.SIGILL)",
}


def child(folder: Path, what: str) -> Path:
    script = folder / "child.py"
    script.write_text(CHILDREN[what])
    return script


@pytest.mark.parametrize("what", CHILDREN)
def test_only_an_illegal_instruction_counts(tmp_path: Path, what: str) -> None:
    assert amx.survives(tmp_path / "model.gguf", child(tmp_path, what)) is (what != "broken")


@pytest.mark.parametrize(
    ("system_info", "what", "repacks"),
    [(WITH_AMX, "sound", True), (WITH_AMX, "broken", False), (WITHOUT_AMX, "broken", True)],
)
def test_weights_are_repacked_unless_that_would_crash(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    system_info: bytes,
    what: str,
    repacks: bool,
) -> None:
    monkeypatch.setattr("llama_cpp.llama_print_system_info", lambda: system_info)
    script = child(tmp_path, what)
    survives = amx.survives
    monkeypatch.setattr(amx, "survives", lambda model: survives(model, script))
    with caplog.at_level(logging.WARNING):
        assert amx.repacking_works(tmp_path / "model.gguf") is repacks
    assert ("-fno-tree-dse" in caplog.text) is not repacks
