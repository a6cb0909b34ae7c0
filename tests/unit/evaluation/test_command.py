"""What the commands say, and what they do about runs that fail."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit.agents import stt
from rich.console import Console

from agent.evaluation import worker_engines
from agent.evaluation.batch import Setup
from agent.evaluation.command import main
from agent.evaluation.emissions import LOG_NAME, read_log
from agent.evaluation.recording import write_wav
from agent.evaluation.report import read_report
from livekit.plugins.cascade import Translator
from livekit.plugins.cascade.errors import CascadeError

from .scripted import ScriptedEngines, TimedSTT

pytestmark = pytest.mark.unit

SCRIPT = [(word, 0.5 * i, 0.5 * i + 0.4) for i, word in enumerate("one two three four.".split())]
WriteRun = Callable[..., Path]
Capture = pytest.CaptureFixture[str]


class Failing(ScriptedEngines):
    """Has no translator for the second run, and those after it."""

    def __init__(self, made: list[str]) -> None:
        super().__init__(SCRIPT, heard="one two")
        self._made = made

    def translator(self, source_language: str, target_language: str) -> Translator:
        self._made.append(target_language)
        if len(self._made) > 1:
            raise CascadeError("translation", "no [model] there", retryable=False)
        return super().translator(source_language, target_language)


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    def use(make: Callable[[], Any]) -> None:
        def load(folder: Path, console: Console) -> tuple[Callable[[], Any], Setup]:
            return make, Setup(folder, Console(quiet=True))

        monkeypatch.setattr(worker_engines, "load", load)

    return use


def replay(folder: Path, *options: str) -> int:
    audio = folder / "talk [1].wav"
    write_wav(audio, np.ones(40_000, dtype=np.int16), 16_000)
    common = ("--source", "en", "--targets", "es", "--time", "virtual", "--out", str(folder))
    return main(["replay", str(audio), *common, *options])


def test_a_run_that_fails_is_named_and_the_others_go_on(
    tmp_path: Path, engines: Callable[[Callable[[], Any]], None], capsys: Capture
) -> None:
    engines(partial(Failing, []))
    assert replay(tmp_path, "--runs", "3", "--no-check") == 1
    said = capsys.readouterr()
    for number in (2, 3):
        assert f"talk [1]-es-cascade-{number} failed: " in said.err
    assert "no [model] there" in said.err
    assert "talk [1]-es-cascade-2, talk [1]-es-cascade-3" in said.err.splitlines()[-1]
    assert "talk [1]-es-cascade-1" in said.out
    (run,) = read_report(tmp_path / "report.json")
    assert run.name == "talk [1]-es-cascade-1"


def test_where_every_run_fails_there_is_no_report(
    tmp_path: Path, engines: Callable[[Callable[[], Any]], None]
) -> None:
    engines(partial(Failing, ["es"]))
    assert replay(tmp_path, "--no-check") == 1
    assert not (tmp_path / "report.json").exists()


class Streaming(TimedSTT):
    """Cannot recognise a recording as a whole."""

    async def _recognize_impl(self, *_: Any, **__: Any) -> stt.SpeechEvent:
        raise CascadeError("stt", "too long", retryable=False)


class WithoutCheck(ScriptedEngines):
    """Neither what was said nor what was heard is recognised as a whole."""

    def stt(self, language: str) -> stt.STT[Any]:
        return Streaming(SCRIPT)


def test_a_log_says_what_it_was_to_have_also_of_a_run_that_fails(
    tmp_path: Path, engines: Callable[[Callable[[], Any]], None], capsys: Capture
) -> None:
    engines(lambda: WithoutCheck(SCRIPT))
    assert replay(tmp_path) == 1
    assert "failed, and not in the report: talk [1], offline, talk [1]-es-cascade-1" in (
        capsys.readouterr().err
    )
    log = read_log(tmp_path / "talk [1]-es-cascade-1")
    header = log.header
    assert (header.source_language, header.target_languages) == ("en", ("es",))
    assert header.checked and not log.complete


@pytest.mark.parametrize("name", ["Talk [dQw4w9WgXcQ].mp3", "a[/b]", "[red]x"])
def test_brackets_in_names_are_said_as_they_are(name: str, tmp_path: Path, capsys: Capture) -> None:
    assert main(["score", str(tmp_path / name)]) == 1
    assert name in capsys.readouterr().err


@pytest.mark.parametrize("command", ["score", "report"])
def test_names_with_brackets_are_in_tables_and_warnings(
    command: str, write_run: WriteRun, tmp_path: Path, capsys: Capture
) -> None:
    write_run("part [a]", lambda lines: lines[:5])
    write_run("run [bold]")
    options = ["--out", str(tmp_path / "out [c]")] if command == "report" else []
    assert main([command, str(tmp_path), *options]) == 0
    said = capsys.readouterr()
    assert "part [a] has no closing line" in said.err
    assert ("run [bold]" if command == "score" else "out [c]/report.md") in said.out


def test_earlier_starts_of_a_worker_are_told_of(run_dir: Path, capsys: Capture) -> None:
    log = run_dir / LOG_NAME
    assert main(["score", str(run_dir)]) == 0
    assert capsys.readouterr().err.count("starts") == 0
    log.write_text(2 * log.read_text())
    assert main(["score", str(run_dir)]) == 0
    assert "has 2 starts of a worker" in capsys.readouterr().err
