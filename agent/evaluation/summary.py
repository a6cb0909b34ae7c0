"""Runs of one system on one recording, taken together; two such sets compared."""

import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from .emissions import Header
from .scores import RouteScores, RunScores
from .statistics import Interval, bootstrap_difference


@dataclass(frozen=True, order=True, slots=True)
class Key:
    """What was run: the system's name, the recording, and from which language to which."""

    system: str
    material: str
    source_language: str
    language: str

    @property
    def task(self) -> tuple[str, str, str]:
        """All but the system: what two systems can be compared on."""
        return self.material, self.source_language, self.language

    def __str__(self) -> str:
        return f"{self.system}, {self.material}, {self.source_language or '?'} → {self.language}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a route: its name, unit, and how it is read from the scores."""

    name: str
    unit: str
    read: Callable[[RouteScores], float | None]

    @property
    def label(self) -> str:
        """The name with the unit."""
        return f"{self.name}, {self.unit}" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Group:
    """All runs of one key; ``time`` is the clock that they were made with."""

    key: Key
    routes: tuple[RouteScores, ...]
    time: str = "real"

    def median(self, figure: Figure) -> float:
        """Median over the runs that have the figure; NaN if none has."""
        values = self.values(figure)
        return statistics.median(values) if values else math.nan

    def values(self, figure: Figure) -> list[float]:
        values = (figure.read(route) for route in self.routes)
        return [value for value in values if value is not None and not math.isnan(value)]


def _chrf(route: RouteScores) -> float | None:
    return route.quality.best_known.chrf.score if route.quality.best_known else None


def _bleu(route: RouteScores) -> float | None:
    return route.quality.best_known.bleu.score if route.quality.best_known else None


def _written_twice(route: RouteScores) -> float | None:
    """None where nothing is written."""
    return float(len(route.quality.repeated)) if route.text.target else None


def _clause_faults(route: RouteScores) -> float | None:
    """None where it was not checked what was heard."""
    heard = route.quality.heard
    if heard is None:
        return None
    return float(len(route.quality.repeated) + len(heard.repeated) + len(heard.missing))


def _dropped(route: RouteScores) -> float | None:
    """None where there was no voice to keep up with."""
    dropped = route.latency.dropped
    return float(dropped) if dropped or route.timeline else None


BLEU = Figure("BLEU", "", _bleu)
CHRF = Figure("chrF", "", _chrf)
SPAN_MEDIAN = Figure("ear-voice span p50", "s", lambda r: r.latency.ear_voice_span.median)
LAAL = Figure("LAAL CU", "s", lambda r: r.lagging.cu.laal if r.lagging else None)
FIGURES = (
    SPAN_MEDIAN,
    Figure("ear-voice span p95", "s", lambda r: r.latency.ear_voice_span.p95),
    Figure("ear-voice span max", "s", lambda r: r.latency.ear_voice_span.max),
    Figure("first audio", "s", lambda r: r.latency.first_audio),
    Figure("StartOffset", "s", lambda r: r.latency.start_offset),
    Figure("EndOffset", "s", lambda r: r.latency.end_offset),
    Figure("ATD", "s", lambda r: r.latency.average_token_delay),
    LAAL,
    Figure("LAAL CA", "s", lambda r: r.lagging.ca.laal if r.lagging else None),
    Figure("LongYAAL CU", "s", lambda r: r.lagging.cu.long_yaal if r.lagging else None),
    Figure("LongYAAL CA", "s", lambda r: r.lagging.ca.long_yaal if r.lagging else None),
    Figure("word committed p50", "s", lambda r: r.latency.lag.recognised.median),
    Figure("word committed p95", "s", lambda r: r.latency.lag.recognised.p95),
    Figure("gaps, total", "s", lambda r: r.latency.gap_seconds),
    Figure("longest gap", "s", lambda r: r.latency.gaps.max),
    Figure("longest queue", "s", lambda r: r.latency.queue.max),
    Figure("highest speed", "×", lambda r: r.latency.speed.max),
    Figure("mean speed", "×", lambda r: r.latency.speed.avg),
    Figure("words at once, mean", "", lambda r: r.latency.chunk_words.avg),
    Figure("normalised erasure", "", lambda r: r.latency.normalized_erasure),
    Figure("translation RTF", "", lambda r: r.latency.translation.rtf),
    Figure("synthesis RTF", "", lambda r: r.latency.synthesis.rtf),
    Figure("WER", "%", lambda r: r.quality.recognition.percent if r.quality.recognition else None),
    BLEU,
    CHRF,
    Figure("chrF offline", "", lambda r: r.quality.offline_chrf),
    Figure("chrF offline, as recognised", "", lambda r: r.quality.offline_interpreted_chrf),
    Figure("chrF kept", "%", lambda r: r.quality.relative_chrf),
    Figure("chrF of what was heard", "", lambda r: r.quality.heard_chrf),
    Figure("clauses dropped", "", _dropped),
    Figure("clauses written twice", "", _written_twice),
    Figure("clauses twice or missing", "", _clause_faults),
    Figure("failures of engines", "", lambda r: float(r.latency.failures)),
)


def groups_of(runs: Iterable[RunScores]) -> list[Group]:
    """Routes of all runs, grouped by what was run, in alphabetical order.

    Raises:
        ValueError: runs of one group were made with other models, or on another clock.
    """
    pairs = sorted(
        ((_key(run, route), run, route) for run in runs for route in run.routes), key=lambda p: p[0]
    )
    return [_group(key, list(members)) for key, members in groupby(pairs, key=lambda p: p[0])]


def _group(key: Key, members: Sequence[tuple[Key, RunScores, RouteScores]]) -> Group:
    first, *others = (run for _, run, _ in members)
    for other in others:
        _check_alike(key, first, other)
    return Group(key, tuple(route for _, _, route in members), _time(first.header))


def _check_alike(key: Key, first: RunScores, other: RunScores) -> None:
    for name, read in _CONDITIONS.items():
        values = read(first.header), read(other.header)
        if values[0] != values[1]:
            apart = (values[0] - values[1], values[1] - values[0])
            said = "; ".join(", ".join(sorted(value)) or "not so" for value in apart)
            raise ValueError(
                f"{key}: the {name} of {first.name} and {other.name} differ ({said}), so there is "
                "no median of both; report on them apart"
            )


def _time(header: Header) -> str:
    return str(header.settings.get("time", "real"))


# What has to be the same in runs that are taken together.
_CONDITIONS: Mapping[str, Callable[[Header], Set[str]]] = {
    "time": lambda header: {_time(header)},
    "profile": lambda header: {str(header.settings.get("profile", "not known"))},
    "models": lambda header: {f"{name} {sha[:12]}" for name, sha in header.models.items()},
}


def _key(run: RunScores, route: RouteScores) -> Key:
    system = str(run.header.settings.get("system", "cascade"))
    material = run.header.material.name or run.name
    return Key(system, material, route.source_language, route.language)


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of two groups of the same key; ``change`` is second minus first.

    ``first`` and ``second`` are medians over the ``runs`` of each that have the figure; NaN where
    there are none.
    """

    key: Key
    figure: Figure
    runs: tuple[int, int]
    first: float
    second: float
    change: Interval


def compare(first: Sequence[RunScores], second: Sequence[RunScores]) -> list[Difference]:
    """Differences, with 95 % bootstrap intervals, of every system on every task that both have.

    Runs are resampled, not the words in them: those of one run are late together. With fewer than
    five runs on either side there is no interval.

    Raises:
        ValueError: the two have no system, recording and language pair in common, or one has runs
            that are not alike in one group.
    """
    after = {group.key: group for group in groups_of(second)}
    common = [group for group in groups_of(first) if group.key in after]
    if not common:
        raise ValueError(
            "the two reports have no system with a recording and language pair in common"
        )
    return [row for group in common for row in _differences(group, after[group.key])]


def _differences(first: Group, second: Group) -> Iterator[Difference]:
    """Of every figure that either has: one that is gone is a difference, too."""
    for figure in FIGURES:
        a, b = first.values(figure), second.values(figure)
        if a or b:
            change = bootstrap_difference(a, b, _median)
            medians = first.median(figure), second.median(figure)
            yield Difference(first.key, figure, (len(a), len(b)), *medians, change)


def remarks(first: Sequence[RunScores], second: Sequence[RunScores]) -> list[str]:
    """What a comparison of the two does not show: groups of one alone, and other clocks."""
    before, after = ({group.key: group for group in groups_of(runs)} for runs in (first, second))
    alone = [
        f"only the {which} report has {key}"
        for which, own, other in (("first", before, after), ("second", after, before))
        for key in own
        if key not in other
    ]
    clocks = [
        f"{key}: {before[key].time} time in the first report, {after[key].time} time in the second"
        for key in before.keys() & after.keys()
        if before[key].time != after[key].time
    ]
    return [*alone, *sorted(clocks)]


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values))
