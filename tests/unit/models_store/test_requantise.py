"""Requantising here: what cannot be is a reason of the source, which the store tells."""

import sys
from pathlib import Path

import pytest

from agent.models.errors import SourceUnavailable
from agent.models.model import Requantised
from agent.models.requantise import requantise

pytestmark = pytest.mark.unit

RECIPE = Requantised("base", "Q4_0")


def test_a_damaged_original(tmp_path: Path) -> None:
    original = tmp_path / "model.gguf"
    original.write_bytes(b"GGUF\x03\0\0\0")
    polls: list[None] = []
    with pytest.raises(SourceUnavailable, match=r"model\.gguf could not be requantised to Q4_0"):
        requantise(original, tmp_path / "new.gguf", RECIPE, lambda: polls.append(None))
    assert polls
    assert list(tmp_path.iterdir()) == [original]


def test_without_the_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "livekit.plugins.llama_cpp", None)
    monkeypatch.delattr("livekit.plugins.llama_cpp", raising=False)
    with pytest.raises(SourceUnavailable, match="livekit-plugins-llama-cpp"):
        requantise(tmp_path / "model.gguf", tmp_path / "new.gguf", RECIPE, lambda: None)
