"""``python -m agent.evaluation``: score runs, write reports, compare them."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table as RichTable

from .emissions import LOG_NAME, EmissionsError
from .report import ReportError, Table, differences, read_report, write_report
from .scores import RunScores, score_run
from .summary import compare, groups_of
from .tables import latency_table, work_table

_console = Console()
_errors = Console(stderr=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        command = options.command
        return int(command(options))
    except (EmissionsError, ReportError, ValueError, OSError) as error:
        _errors.print(f"[red]error:[/red] {error}", soft_wrap=True)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m agent.evaluation", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    score = commands.add_parser("score", help="print the scores of runs, from their logs alone")
    score.add_argument("runs", nargs="+", type=Path, help=f"folders with a {LOG_NAME}, or logs")
    score.set_defaults(command=_score)
    report = commands.add_parser("report", help="write a report on runs: Markdown, JSON, HTML")
    report.add_argument("runs", nargs="+", type=Path, help=f"folders with a {LOG_NAME}, or logs")
    report.add_argument("--out", type=Path, default=Path("reports"), help="folder (%(default)s)")
    report.add_argument("--name", default="report", help="file name (%(default)s)")
    report.set_defaults(command=_report)
    comparison = commands.add_parser("compare", help="differences of two reports, with intervals")
    comparison.add_argument("first", type=Path, help="a report's JSON file")
    comparison.add_argument("second", type=Path, help="the JSON file to compare with it")
    comparison.set_defaults(command=_compare)
    return parser


def _score(options: argparse.Namespace) -> int:
    runs = _scored(options.runs)
    for run in runs:
        _console.rule(run.name)
        _console.print(latency_table(run.routes), work_table(run.routes))
    return 0


def _report(options: argparse.Namespace) -> int:
    runs = _scored(options.runs)
    for path in write_report(runs, options.out, options.name):
        _console.print(f"wrote {path}")
    _console.print(f"{len(runs)} runs in {len(groups_of(runs))} groups")
    return 0


def _compare(options: argparse.Namespace) -> int:
    rows = compare(read_report(options.first), read_report(options.second))
    _console.print(_rich(differences(rows)))
    return 0


def _scored(paths: Sequence[Path]) -> list[RunScores]:
    """Scores of every run below ``paths``: a folder without a log stands for the runs in it."""
    found = [run for path in paths for run in _runs_below(path)]
    return [score_run(path) for path in track(found, "scoring", console=_errors)]


def _runs_below(path: Path) -> list[Path]:
    if not path.is_dir() or (path / LOG_NAME).exists():
        return [path]
    logs = sorted(path.rglob(LOG_NAME))
    if not logs:
        raise ValueError(f"{path} has no {LOG_NAME}, nor has any folder in it")
    return [log.parent for log in logs]


def _rich(table: Table) -> RichTable:
    rendered = RichTable(title=table.title)
    for column in table.columns:
        rendered.add_column(column)
    for row in table.rows:
        rendered.add_row(*row)
    return rendered


if __name__ == "__main__":
    sys.exit(main())
