"""The command with input that it cannot use: a message that names the fix, and status 1."""

from pathlib import Path

import numpy as np
import pytest

from agent.demo.command import main
from agent.evaluation.recording import write_wav

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("clean_environment")]


def test_a_missing_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--audio", str(tmp_path / "talk.wav")]) == 1
    assert "there is no recording" in capsys.readouterr().err


def test_a_silent_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "talk.wav"
    write_wav(path, np.zeros(48_000, dtype=np.int16), 48_000)
    assert main(["--audio", str(path)]) == 1
    assert "is silent" in capsys.readouterr().err


def test_a_wrong_setting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERPRETER_TTS", "parrot")
    assert main([]) == 1
    assert "INTERPRETER_TTS" in capsys.readouterr().err


def test_a_language_without_a_voice_is_refused_before_anything_is_fetched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["--targets", "es,de"]) == 1
    captured = capsys.readouterr()
    assert "error: TARGETS: de cannot be used: Kokoro has no voice for 'de'" in captured.err
    assert "en, es, fr" in captured.err
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []
