"""Plots of a report, as SVG text to be put into a page."""

import io
import math
import statistics
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import ParamSpec, TypeAlias

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from .scores import RouteScores
from .summary import CHRF, LAAL, SPAN_MEDIAN, Figure, Group

_ROW_SECONDS = 12.0
_MAX_ROWS = 6
P = ParamSpec("P")


def _as_written(draw: Callable[P, str]) -> Callable[P, str]:
    """``draw`` with its text as it is given.

    What people said and how recordings are called is no TeX, though it may have two dollar signs.
    In the SVG it stays text: the reader's browser has the fonts, also for scripts that matplotlib
    lacks.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> str:
        with matplotlib.rc_context({"text.parse_math": False, "svg.fonttype": "none"}):
            return draw(*args, **kwargs)

    return drawn


@_as_written
def delay_over_time(groups: Sequence[Group]) -> str:
    """Ear-voice span of every word when it was heard; a rising line is a queue that grows."""
    canvas = Canvas(figsize=(10, 4))
    axes = canvas.subplots()
    for index, group in enumerate(groups):
        for number, route in enumerate(group.routes):
            times, lags = zip(*route.delays, strict=True) if route.delays else ((), ())
            axes.plot(
                times,
                lags,
                marker=".",
                color=f"C{index % 10}",
                alpha=0.8,
                label=str(group.key) if number == 0 else None,
            )
    axes.set_xlabel("time in the recording, s")
    axes.set_ylabel("ear-voice span, s")
    axes.set_ylim(bottom=0)
    _finish(axes, legend=bool(groups))
    return _svg(canvas)


@_as_written
def timeline(route: RouteScores) -> str:
    """Source words above, the translation's chunks below, each where it was said or heard."""
    end = max([item[1] for item in (*route.timeline, *route.source_timeline)], default=0.0)
    rows = min(max(math.ceil(end / _ROW_SECONDS), 1), _MAX_ROWS)
    canvas = Canvas(figsize=(14, 1.5 * rows))
    for row, axes in enumerate(canvas.subplots(rows, 1, squeeze=False)[:, 0]):
        _timeline_row(axes, route, row * _ROW_SECONDS)
    return _svg(canvas)


def _timeline_row(axes: Axes, route: RouteScores, start: float) -> None:
    lanes = ((1.0, route.source_timeline, "C0"), (0.0, route.timeline, "C1"))
    for base, items, color in lanes:
        for begin, end, text in items:
            if start - 0.01 <= begin < start + _ROW_SECONDS:
                axes.barh(base, end - begin, left=begin, height=0.8, color=color, alpha=0.3)
                axes.text(begin, base, text, fontsize=6, va="center", clip_on=True)
    axes.set_xlim(start, start + _ROW_SECONDS)
    axes.set_ylim(-0.5, 1.5)
    axes.set_yticks([0, 1], [route.language, route.source_language])
    axes.tick_params(labelsize=7)


@_as_written
def quality_against_latency(groups: Sequence[Group]) -> str:
    """A point for each group: further left is sooner, higher is better."""
    canvas = Canvas(figsize=(7, 5))
    axes = canvas.subplots()
    for group in groups:
        x, y = group.median(SPAN_MEDIAN), group.median(CHRF)
        if not (math.isnan(x) or math.isnan(y)):
            axes.plot([x], [y], "o", label=str(group.key))
    axes.set_xlabel(f"{SPAN_MEDIAN.name}, {SPAN_MEDIAN.unit}")
    axes.set_ylabel("chrF")
    _finish(axes, legend=bool(axes.lines))
    return _svg(canvas)


@_as_written
def policy_curves(groups: Sequence[Group]) -> str:
    """A line for each policy through its settings; each point is a mean over the same talks.

    At the same lag, the higher line is the better policy.
    """
    canvas = Canvas(figsize=(8, 5))
    axes = canvas.subplots()
    for family, points in curves(groups).items():
        x, y = zip(*points, strict=True)
        axes.plot(x, y, marker="o", label=family)
    axes.set_title("; ".join(_means_of(groups)), fontsize=9)
    axes.set_xlabel(f"{LAAL.name}, {LAAL.unit}")
    axes.set_ylabel("chrF")
    _finish(axes, legend=bool(axes.lines))
    return _svg(canvas)


def curves(groups: Sequence[Group]) -> dict[str, list[tuple[float, float]]]:
    """(lag, chrF) of every policy and language pair, by lag; a policy's settings in brackets.

    Means over the talks that all systems of the pair have: talks are not equally hard.
    """
    families: dict[str, list[tuple[float, float]]] = {}
    for pair, systems in _by_pair(groups).items():
        shared = _shared_talks(systems)
        for system, talks in systems.items() if shared else ():
            members = [talks[talk] for talk in shared]
            point = (_mean(members, LAAL), _mean(members, CHRF))
            families.setdefault(f"{system.split('(')[0].strip()}, {pair}", []).append(point)
    return {family: sorted(points) for family, points in families.items()}


Talks: TypeAlias = Mapping[str, Group]
"""One system's groups by the talk's name."""


def _by_pair(groups: Sequence[Group]) -> dict[str, dict[str, dict[str, Group]]]:
    """Groups by language pair, system and talk."""
    pairs: dict[str, dict[str, dict[str, Group]]] = {}
    for group in groups:
        pair = f"{group.key.source_language} → {group.key.language}"
        systems = pairs.setdefault(pair, {})
        systems.setdefault(group.key.system, {})[group.key.material] = group
    return pairs


def _shared_talks(systems: Mapping[str, Talks]) -> list[str]:
    """Talks of which every system has both a lag and a quality."""
    measured = [
        {name for name, group in talks.items() if group.values(LAAL) and group.values(CHRF)}
        for talks in systems.values()
    ]
    return sorted(set.intersection(*measured))


def _means_of(groups: Sequence[Group]) -> Iterator[str]:
    """What each pair's points are means of."""
    for pair, systems in _by_pair(groups).items():
        every = {talk for talks in systems.values() for talk in talks}
        yield f"{pair}: means over {len(_shared_talks(systems))} of {len(every)} talks"


def _mean(groups: Sequence[Group], figure: Figure) -> float:
    return statistics.fmean(group.median(figure) for group in groups)


def _finish(axes: Axes, *, legend: bool) -> None:
    axes.grid(alpha=0.3)
    if legend:
        axes.legend(fontsize=8)


def _svg(canvas: Canvas) -> str:
    buffer = io.StringIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        canvas.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
