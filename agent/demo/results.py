"""What a run leaves behind: the log with both clocks, recordings, subtitles, tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from agent.evaluation.artifacts import write_artifacts
from agent.evaluation.emissions import LOG_NAME, End, Header, Listener, Speaker
from agent.evaluation.provenance import header
from agent.evaluation.recording import Samples, Track
from agent.evaluation.scores import RunScores, score_run
from agent.evaluation.tables import latency_table, work_table
from agent.keeping_up import REMEDIES, TOO_LATE_SECONDS

from .participants import SPEAKER
from .speech import SAMPLE_RATE

_MEDIA_TIMES = {"source_start", "source_end", "media_start", "media_end"}
_TIMED_WORDS = {"committed", "tail"}


@dataclass(frozen=True)
class Recordings:
    """What went into the room and what came out of it.

    Attributes:
        started_at: wall time of the first sample that was sent, and of the recordings' first.
        heard: recorded WAV file by language.
    """

    speech: Samples
    started_at: float
    heard: Mapping[str, Path]


def write_results(
    folder: Path, worker_events: Path, recordings: Recordings, settings: Mapping[str, object]
) -> tuple[RunScores, list[Path]]:
    """Write everything that can be made from a run.

    Args:
        worker_events: the emissions log that the worker wrote; goes into the run's and away.
        settings: for the log's header.

    Returns:
        The run's scores, and the files for ears and eyes.
    """
    seconds = len(recordings.speech) / SAMPLE_RATE
    lines: list[Header | Speaker | Listener] = [
        header(settings=settings),
        Speaker(stream=SPEAKER, wall_time=recordings.started_at, seconds=seconds),
    ]
    lines += [
        Listener(stream=SPEAKER, language=language, wall_time=recordings.started_at, file=path.name)
        for language, path in recordings.heard.items()
    ]
    log = folder / LOG_NAME
    own = [line.model_dump(mode="json") for line in lines]
    _write_log(log, own, worker_events, recordings.started_at)
    worker_events.unlink()
    original = Track(recordings.speech, SAMPLE_RATE, recordings.started_at)
    files = [*recordings.heard.values(), *write_artifacts(folder, original), log]
    return score_run(folder), files


def _write_log(log: Path, lines: list[dict[str, Any]], worker_events: Path, start: float) -> None:
    """The demo's own lines, then the worker's, less a header of its own."""
    text = worker_events.read_text(encoding="utf-8")
    events = [json.loads(line) for line in text.splitlines()]
    with log.open("w", encoding="utf-8") as output:
        for line in (*lines, *on_speaker_clock(events, start), End().model_dump()):
            output.write(json.dumps(line, ensure_ascii=False) + "\n")


def on_speaker_clock(events: list[dict[str, Any]], started_at: float) -> list[dict[str, Any]]:
    """The cascade's events with media time 0 where the speaker's recording began.

    The worker counts media time from the first frame of an open microphone, which is some seconds
    of silence before. It receives in real time, so wall time less media time is when it began.
    """
    cascade = [event for event in events if event.get("kind") != "header"]
    starts = [e["wall_time"] - e["media_time"] for e in cascade if e["kind"] == "source"]
    silence = started_at - min(starts, default=started_at)
    return [_shifted(event, silence) for event in cascade]


def _shifted(event: dict[str, Any], seconds: float) -> dict[str, Any]:
    data = dict(event.get("data", {}))
    for name in _MEDIA_TIMES & data.keys():
        data[name] -= seconds
    for name in _TIMED_WORDS & data.keys():
        data[name] = [[text, start - seconds, end - seconds] for text, start, end in data[name]]
    return {**event, "media_time": event["media_time"] - seconds, "data": data}


def show_results(
    console: Console, scores: RunScores, files: list[Path], targets: Sequence[str]
) -> None:
    """Tables of the run, languages as in `targets`, and where its files are."""
    routes = sorted(scores.routes, key=lambda route: targets.index(route.language))
    console.print()
    console.print(latency_table(routes))
    console.print(work_table(routes))
    if any(route.latency.lag.heard.median >= TOO_LATE_SECONDS for route in routes):
        console.print(f"[yellow]Late:[/yellow] {REMEDIES}.", highlight=False)
    console.print("Files:", highlight=False)
    for path in sorted(files):
        console.print(f"  {path}", highlight=False, markup=False, soft_wrap=True)
