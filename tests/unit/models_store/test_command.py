"""`python -m agent.models`: exit status and messages."""

from pathlib import Path

import pytest

from agent.models.catalogue import MODELS, PROFILES
from agent.models.command import main
from agent.models.store import default_root

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without an .env, an empty cache, no setting."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("INTERPRETER_MODELS_DIR", raising=False)


def test_an_unknown_name_fails_before_anything_is_fetched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["whisper-base", "whisper-huge", "--dir", str(tmp_path / "m")]) == 1
    assert "no model 'whisper-huge'; there are: demo-audio" in capsys.readouterr().err
    assert not (tmp_path / "m").exists()


def test_list_shows_every_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    shown = capsys.readouterr().out
    for part in ("whisper-base", "148 MB, not on disk, MIT, profile small", "kokoro-82m"):
        assert part in shown


@pytest.mark.parametrize(
    ("given", "listed"),
    [
        (["kokoro-82m"], {"kokoro-82m"}),
        (["--profile", "fast"], set(PROFILES["fast"])),
        (["--profile", "fast", "demo-audio"], {"demo-audio"}),
        ([], set(MODELS)),
    ],
)
def test_list_shows_what_is_asked_for(
    given: list[str], listed: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--list", *given]) == 0
    assert listed == set(MODELS).intersection(capsys.readouterr().out.splitlines())


def test_verify_names_what_is_missing_and_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERPRETER_MODELS_DIR", str(tmp_path / "mounted"))
    wrong = tmp_path / "mounted" / "demo-audio" / "jfk.wav"
    wrong.parent.mkdir(parents=True)
    wrong.write_bytes(b"RIFF")
    assert main(["--verify", "demo-audio"]) == 1
    shown = capsys.readouterr().out
    assert f"demo-audio: corrupt: {wrong} (4 bytes, expected 352078)" in shown
    assert "demo-audio: missing: " in shown


@pytest.mark.parametrize("name", ["~/mounted", ""])
def test_the_folder_is_read_as_the_worker_reads_it(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("INTERPRETER_MODELS_DIR", name)
    assert main(["--verify", "demo-audio"]) == 1
    folders = [tmp_path / "mounted"] if name else []
    folders.append(default_root())
    missing = [f"demo-audio: missing: {folder}/demo-audio/jfk.wav" for folder in folders]
    assert capsys.readouterr().out.splitlines() == missing


def test_a_settings_file_that_cannot_be_read_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_bytes(b"INTERPRETER_MODELS_DIR=/B\xfccher\n")
    assert main(["--list"]) == 1
    assert capsys.readouterr().err == "error: .env: is not in UTF-8; save it in that encoding\n"


def test_a_folder_that_cannot_be_used_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m").write_text("a file")
    assert main(["demo-audio", "--dir", str(tmp_path / "m")]) == 1
    assert capsys.readouterr().err.startswith("error: demo-audio is not there and")
