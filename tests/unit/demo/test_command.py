"""The command with input that it cannot use: a message that names the fix, and status 1."""

import os
from pathlib import Path

import numpy as np
import pytest

from agent.config import Settings
from agent.demo.command import main
from agent.demo.output import writing_to
from agent.demo.preparation import Preparation
from agent.evaluation.recording import write_wav
from agent.local.errors import LocalRunError

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("clean_environment")]


def test_a_missing_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--audio", str(tmp_path / "talk.wav")]) == 1
    assert "there is no recording" in capsys.readouterr().err


def test_a_recording_that_cannot_be_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / ("long" * 99)
    assert main(["--audio", str(path)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and str(path) in error


def test_a_silent_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "talk.wav"
    write_wav(path, np.zeros(48_000, dtype=np.int16), 48_000)
    assert main(["--audio", str(path)]) == 1
    assert "is silent" in capsys.readouterr().err


def test_a_wrong_setting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
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


def test_a_folder_that_cannot_be_is_told_before_anything_is_fetched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    recording, file = tmp_path / "talk.wav", tmp_path / "file"
    write_wav(recording, np.full(48_000, 999, dtype=np.int16), 48_000)
    file.touch()
    assert main(["--audio", str(recording), "--output", str(file / "out")]) == 1
    captured = capsys.readouterr()
    assert f"error: {file / 'out'} cannot be written (Not a directory)" in captured.err
    assert "OUTPUT=" in captured.err
    assert not (tmp_path / "cache").exists()


def test_its_room_on_loopback_is_reached_without_a_proxy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class SeesProxies:
        def __init__(self, *arguments: object) -> None:
            raise LocalRunError(
                f"proxies: {[name for name in os.environ if 'http_pr' in name.lower()]}"
            )

    ready = Preparation(Settings(), np.zeros(1, dtype=np.int16), tmp_path)
    monkeypatch.setattr(os, "environ", {**os.environ, "HTTP_PROXY": "x", "http_proxy": "x"})
    monkeypatch.setattr("agent.demo.command.prepare", lambda *arguments: ready)
    monkeypatch.setattr("agent.demo.command.Run", SeesProxies)
    assert main([]) == 1
    assert capsys.readouterr().err == "error: proxies: []\n"


def test_a_disk_that_is_full_at_the_end_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        LocalRunError, match=r"en\.srt cannot be written \(No space left.*make room"
    ):
        with writing_to(tmp_path):
            raise OSError(28, "No space left on device", str(tmp_path / "en.srt"))
