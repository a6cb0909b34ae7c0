"""The log of a run on the speaker's clock, and what is made from it."""

import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from agent.demo.results import Recordings, on_speaker_clock, show_results, write_results
from agent.evaluation.emissions import Listener, Speaker, read_log
from agent.evaluation.recording import write_wav

pytestmark = pytest.mark.unit

START = 1_000_000.0


def event(kind: str, language: str, media_time: float, wall: float, **data: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "stream": "speaker",
        "language": language,
        "segment_id": "SG_1",
        "media_time": media_time,
        "wall_time": START + wall,
        "data": data,
    }


def worker_events(heard: float = 2.5) -> list[dict[str, Any]]:
    """One sentence, said from 0 to 1.0 s of the recording, in Spanish from ``heard`` on."""
    words = [["Hello", 2.0, 2.5], ["world.", 2.5, 3.0]]
    played = {"wall_start": START + heard, "wall_end": START + heard + 1, "source_end": 3.0}
    return [
        {"kind": "header", "wall_time": START - 20, "settings": {}},
        event("source", "en", 3.5, 1.5, committed=words, tail=[], final=True),
        event("commit", "es", 3.5, 2.0, text="Hola mundo.", total="Hola mundo.", source_end=3.0),
        event("played", "es", 3.0, 3.5, text="Hola mundo.", queue_seconds=0.1, **played),
    ]


def test_media_time_zero_is_where_the_recording_began() -> None:
    source, commit, played = on_speaker_clock(worker_events(), START)
    assert source["media_time"] == 1.5
    assert source["data"]["committed"] == [["Hello", 0.0, 0.5], ["world.", 0.5, 1.0]]
    assert commit["data"]["source_end"] == 1.0
    assert played["data"]["source_end"] == 1.0
    assert played["data"]["wall_start"] == START + 2.5


def test_a_run_leaves_a_log_recordings_and_subtitles(tmp_path: Path) -> None:
    events = tmp_path / "worker-events.jsonl"
    events.write_text("".join(json.dumps(line) + "\n" for line in worker_events()))
    heard = tmp_path / "es.wav"
    write_wav(heard, np.full(4 * 24_000, 1000, dtype=np.int16), 24_000)
    speech = np.full(48_000, 2000, dtype=np.int16)
    recordings = Recordings(speech, START, {"es": heard})
    scores, files = write_results(tmp_path, events, recordings, {"profile": "small"})

    log = read_log(tmp_path)
    assert log.header.settings == {"profile": "small"}
    assert log.of(Speaker) == (Speaker(stream="speaker", wall_time=START, seconds=1.0),)
    assert [line.file for line in log.of(Listener)] == ["es.wav"]
    assert "00:00:02.500 --> 00:00:03.500\nHola mundo." in (tmp_path / "es.vtt").read_text()
    assert "00:00:00.000 --> 00:00:01.000\nHello world." in (tmp_path / "en.vtt").read_text()
    with wave.open(str(tmp_path / "es.stereo.wav")) as stereo:
        assert stereo.getnchannels() == 2
        assert stereo.getnframes() / stereo.getframerate() == pytest.approx(4.0, abs=0.01)
    assert scores.routes[0].latency.lag.spoken.median == pytest.approx(1.5)
    assert {path.name for path in files} >= {"es.wav", "es.stereo.wav", "es.srt", "events.jsonl"}

    console = Console(record=True, width=120)
    show_results(console, scores, files, ("es",))
    text = console.export_text()
    assert "en → es" in text and "1.50" in text and str(tmp_path / "es.stereo.wav") in text
    assert "INTERPRETER_TARGET_LANGUAGES" not in text


def test_a_machine_that_is_too_slow_is_told_what_helps(tmp_path: Path) -> None:
    events = tmp_path / "worker-events.jsonl"
    events.write_text("".join(json.dumps(line) + "\n" for line in worker_events(heard=12.0)))
    heard = tmp_path / "es.wav"
    write_wav(heard, np.full(14 * 24_000, 1000, dtype=np.int16), 24_000)
    speech = np.full(48_000, 2000, dtype=np.int16)
    recordings = Recordings(speech, START, {"es": heard})
    scores, files = write_results(tmp_path, events, recordings, {})
    console = Console(record=True, width=120)
    show_results(console, scores, files, ("es",))
    assert "INTERPRETER_TARGET_LANGUAGES" in console.export_text()
