"""A report on runs: Markdown, JSON, and one HTML page that needs nothing else."""

import html
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from . import plots
from .emissions import Header
from .scores import RunScores, from_json, to_json
from .statistics import Interval
from .summary import FIGURES, Difference, Figure, Group, groups_of

_TITLE = "Interpreting: how late, how good"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 }
th, td { padding: .2rem .7rem; text-align: left }
tr { border-bottom: 1px solid #ddd } svg { max-width: 100%; height: auto }
"""
_NOTES = """\
Each figure is the median over the runs of its column, or of those that have it where it says how
many; seconds unless it says otherwise. Where nothing was said there is no figure for how late.
The ear-voice span runs from the end of a source word to the start of the audio that carries it
(proportional alignment inside a sentence). CU delays count the source audio that had been read,
including the recogniser's own delay; CA delays count wall time. EndOffset runs from the end of the
last source word to the end of the last audio. LAAL and LongYAAL are omnisteval's,
ATD counts 0.3 s tokens of speech, computation-aware. BLEU and chrF are corpus scores over the
reference's segments, to which the output is cut as for LAAL, where these are known; else the whole
text is one."""


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table of text cells."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


class ReportError(ValueError):
    """A report that cannot be read."""


def write_report(runs: Sequence[RunScores], folder: Path, name: str = "report") -> list[Path]:
    """Write ``name``.md, .json and .html into ``folder``; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    # One after the other, the plots last: the figures are there even if those cannot be drawn.
    for suffix, render in {"md": markdown, "json": _json, "html": page}.items():
        path = folder / f"{name}.{suffix}"
        path.write_text(render(runs), encoding="utf-8")
        paths.append(path)
    return paths


def read_report(path: Path) -> tuple[RunScores, ...]:
    """The scores in a report's JSON. Raises ReportError for another file, OSError."""
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8"))["runs"])
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        raise ReportError(f"{path} is not a report's JSON file: {error}") from error


def markdown(runs: Sequence[RunScores]) -> str:
    """The report as Markdown."""
    groups = groups_of(runs)
    parts = [f"# {_TITLE}", _NOTES]
    parts += [_markdown_table(table) for table in _tables(runs, groups)]
    return "\n\n".join(parts) + "\n"


def page(runs: Sequence[RunScores]) -> str:
    """The report as one HTML page with its plots inside."""
    groups = groups_of(runs)
    parts = [f"<p>{html.escape(_NOTES)}</p>"]
    parts += [_html_table(table) for table in _tables(runs, groups)]
    parts += [part for plot in _plots(groups) for part in plot]
    return _document(parts)


def _plots(groups: Sequence[Group]) -> Iterator[tuple[str, str]]:
    """Heading and SVG of each plot: those of speech, or those of text, as there is."""
    spoken = [group for group in groups if any(route.timeline for route in group.routes)]
    written = [group for group in groups if group not in spoken]
    if spoken:
        yield "<h2>Delay over time</h2>", plots.delay_over_time(spoken)
        yield "<h2>Quality against latency</h2>", plots.quality_against_latency(spoken)
    if written:
        yield "<h2>Policies: quality against lag</h2>", plots.policy_curves(written)
    for group in spoken:
        title = f"<h3>Said and heard: {html.escape(str(group.key))}</h3>"
        yield title, plots.timeline(group.routes[0])


def _document(parts: Sequence[str]) -> str:
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{_TITLE}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{_TITLE}</h1>" + "\n".join(parts) + "</body></html>\n"
    )


def _json(runs: Sequence[RunScores]) -> str:
    return json.dumps({"runs": to_json(tuple(runs))}, ensure_ascii=False, indent=1) + "\n"


def _tables(runs: Sequence[RunScores], groups: Sequence[Group]) -> list[Table]:
    headers: list[Header] = []
    for run in runs:
        if run.header not in headers:
            headers.append(run.header)
    return [
        _scores(groups),
        _recognition(runs),
        _cost(runs),
        _signatures(groups),
        _provenance("Settings", [header.settings for header in headers]),
        _provenance("Machine", [header.machine for header in headers]),
        _provenance("Versions", [header.versions for header in headers]),
        _provenance("Models (SHA-256)", [header.models for header in headers]),
    ]


def _scores(groups: Sequence[Group]) -> Table:
    if not groups:
        return Table("Scores", [], [])
    rows = [["runs", *(str(len(group.routes)) for group in groups)]]
    for figure in FIGURES:
        rows.append([figure.label, *(_figure(group, figure) for group in groups)])
    return Table("Scores", ["", *(str(group.key) for group in groups)], rows)


def _figure(group: Group, figure: Figure) -> str:
    """Median, with how many of the runs have it if not all do."""
    measured, runs = len(group.values(figure)), len(group.routes)
    note = f" ({measured} of {runs})" if 0 < measured < runs else ""
    return f"{number(group.median(figure))}{note}"


def _recognition(runs: Sequence[RunScores]) -> Table:
    rows = [
        [
            run.name,
            speaker.language,
            number(speaker.words.percent if speaker.words else None),
            number(speaker.offline.percent if speaker.offline else None),
            *map(number, (speaker.delay.median, speaker.delay.p90)),
            *map(number, (speaker.delay_cu.median, speaker.delay_cu.p90)),
            str(len(speaker.invented)),
        ]
        for run in runs
        for speaker in run.recognition
    ]
    delays = ["delay p50, s", "p90, s", "delay CU p50, s", "p90, s", "words in silence"]
    return Table("Recognition", ["run", "language", "WER, %", "offline, %", *delays], rows)


def _cost(runs: Sequence[RunScores]) -> Table:
    rows = []
    for run in runs:
        if (used := run.resources) is None:
            continue
        memory = [
            number(used.peak_rss_bytes / 2**30),
            number(None if run.memory_growth_bytes is None else run.memory_growth_bytes / 2**20),
        ]
        cpu = number(used.cpu_seconds / used.audio_seconds)
        rows.append([run.name, "process", cpu, "", *memory])
        for thread, work in sorted(used.work.items()):
            rtf = number(work.seconds / used.audio_seconds)
            rows.append([run.name, f"{thread}, {work.calls} calls", "", rtf, "", ""])
    memory = ["peak memory, GiB", "growth, MiB"]
    columns = ["run", "of", "CPU-seconds per second of audio", "RTF", *memory]
    return Table("Cost", columns, rows)


def _signatures(groups: Sequence[Group]) -> Table:
    signatures = {
        (group.key.language, quality.bleu.signature, quality.chrf.signature)
        for group in groups
        for route in group.routes
        if (quality := route.quality.best_known) is not None
    }
    rows = [list(row) for row in sorted(signatures)]
    return Table("Signatures", ["language", "BLEU", "chrF"], rows)


def _provenance(title: str, records: Sequence[Mapping[str, Any]]) -> Table:
    """Keys and every value that runs had for them."""
    keys = dict.fromkeys(key for record in records for key in record)
    rows = []
    for key in keys:
        values = dict.fromkeys(str(record[key]) for record in records if key in record)
        rows.append([key, "; ".join(values)])
    return Table(title, ["", ""], rows)


def differences(rows: Sequence[Difference]) -> Table:
    """A comparison; a star marks what chance alone hardly explains, for which it takes 5 runs."""
    return Table(
        "Second minus first, with 95 % bootstrap intervals over runs (from 5 of each)",
        ["system and task", "figure", "runs", "first", "second", "change", "interval", ""],
        [
            [
                str(row.key),
                row.figure.label,
                f"{row.runs[0]} and {row.runs[1]}",
                number(row.first),
                number(row.second),
                "–" if math.isnan(row.change.estimate) else f"{row.change.estimate:+.2f}",
                _bounds(row.change),
                "*" if row.change.excludes_zero else "",
            ]
            for row in rows
        ],
    )


def _bounds(change: Interval) -> str:
    return "–" if math.isnan(change.low) else f"{change.low:+.2f} to {change.high:+.2f}"


def number(value: float | None) -> str:
    """Two decimals, or a dash for what was not measured."""
    return "–" if value is None or math.isnan(value) else f"{value:.2f}"


def _markdown_table(table: Table) -> str:
    if not table.rows:
        return f"## {table.title}\n\nNot measured in these runs."
    rule = "|".join("---" for _ in table.columns)
    lines = [f"| {' | '.join(table.columns)} |", f"|{rule}|"]
    lines += [f"| {' | '.join(_escaped(cell) for cell in row)} |" for row in table.rows]
    return f"## {table.title}\n\n" + "\n".join(lines)


def _html_table(table: Table) -> str:
    title = f"<h2>{html.escape(table.title)}</h2>"
    if not table.rows:
        return f"{title}<p>Not measured in these runs.</p>"
    head = "".join(f"<th>{html.escape(column)}</th>" for column in table.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in table.rows
    )
    return f"{title}<table><tr>{head}</tr>{body}</table>"


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")
