"""Scores as tables for the terminal."""

import math
from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from .latency import LatencyScores
from .scores import RouteScores, RunScores
from .statistics import Distribution

_NOTES = {
    "recognised": "word committed, after it was said",
    "translated": "translation committed, after its last source word",
    "spoken": "its audio starts, after its last source word",
    "heard": "ear-voice span, word by word",
}


def latency_table(routes: Sequence[RouteScores]) -> Table:
    """How far each stage is behind the speaker, for every route; seconds."""
    table = Table(title="Behind the speaker, in seconds (each row includes those above it)")
    for column in ("route", "stage"):
        table.add_column(column)
    for column in ("median", "p95", "max"):
        table.add_column(column, justify="right")
    table.add_column("measured from")
    for route in routes:
        for stage, note in _NOTES.items():
            sample: Distribution = getattr(route.latency.lag, stage)
            figures = map(seconds, (sample.median, sample.p95, sample.max))
            table.add_row(_name(route) if stage == "recognised" else "", stage, *figures, note)
        table.add_section()
    return table


def recognition_table(run: RunScores) -> Table:
    """How well and how soon each speaker was recognised, and what the run cost."""
    table = Table(title="Recognition")
    for column in ("speaker", "WER, %", "offline, %", "delay p50, s", "p90, s", "CPU-s per s"):
        table.add_column(column, justify="left" if column == "speaker" else "right")
    used = run.resources
    cost = used.cpu_seconds / used.audio_seconds if used else math.nan
    for speaker in run.recognition:
        rates = (speaker.words, speaker.offline)
        table.add_row(
            escape(f"{speaker.stream} ({speaker.language or '?'})"),
            *(seconds(rate.percent if rate else math.nan) for rate in rates),
            *map(seconds, (speaker.delay.median, speaker.delay.p90, cost)),
        )
    return table


def work_table(routes: Sequence[RouteScores]) -> Table:
    """What each stage costs and how the output flowed; seconds."""
    table = Table(title="Work and flow, in seconds")
    table.add_column("figure")
    for route in routes:
        table.add_column(_name(route), justify="right")
    for label, values in _work_rows(routes):
        table.add_row(label, *values)
    return table


def _work_rows(routes: Sequence[RouteScores]) -> list[tuple[str, list[str]]]:
    latency = [route.latency for route in routes]
    return [
        ("first audio after the first word", [seconds(x.first_audio) for x in latency]),
        ("last audio after the end of speech", [seconds(x.end_offset) for x in latency]),
        ("translation step, median", [seconds(x.translation.seconds.median) for x in latency]),
        ("translation, per second of speech", [seconds(x.translation.rtf) for x in latency]),
        ("first audio of a chunk, median", [seconds(x.first_synthesis.median) for x in latency]),
        ("synthesis, per second of speech", [seconds(x.synthesis.rtf) for x in latency]),
        ("longest queue", [seconds(x.queue.max) for x in latency]),
        ("gaps in the output (number)", [_gaps(x) for x in latency]),
        ("longest gap", [seconds(x.gaps.max) for x in latency]),
        ("speed of the voice, mean (factor)", [seconds(x.speed.avg) for x in latency]),
        ("speed of the voice, max (factor)", [seconds(x.speed.max) for x in latency]),
        ("words said at once, mean (number)", [seconds(x.chunk_words.avg) for x in latency]),
        ("clauses dropped (number)", [str(x.dropped) for x in latency]),
        ("translations that a guard cut (number)", [str(x.guarded) for x in latency]),
        ("failures of engines (number)", [str(x.failures) for x in latency]),
    ]


def _gaps(latency: LatencyScores) -> str:
    """Where nothing was said there is none, and no speech without one."""
    return "–" if math.isnan(latency.gap_seconds) else str(latency.gaps.count)


def seconds(value: float) -> str:
    """Two decimals, or a dash for what could not be measured."""
    return "–" if math.isnan(value) else f"{value:.2f}"


def _name(route: RouteScores) -> str:
    return escape(f"{route.source_language or '?'} → {route.language}")
