"""Measure interpreting: replay recordings, simulate policies on text, score, report, compare."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table as RichTable

from .batch import RUN_ERRORS, Plan, Setup, Timing, Variant, replay_all, simulate_all
from .chain import chain, write_chain
from .demo_clip import NAME as DEMO
from .demo_clip import demo_clip
from .digest import digest, insert
from .emissions import LOG_NAME, read_log
from .material import Clip, distinct, load_clips
from .report import Table, differences, read_report, write_report
from .scores import RunScores, score_run
from .simulation import policies_for
from .summary import compare, remarks
from .systems import SYSTEMS, Engines, System
from .tables import latency_table, recognition_table, work_table
from .timed_text import load_talk

_console = Console()
_errors = Console(stderr=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except RUN_ERRORS as error:
        _errors.print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        _errors.print("interrupted; the runs that were complete are kept")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m agent.evaluation", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_replay(commands.add_parser("replay", help="interpret recordings and score the result"))
    _add_recognise(commands.add_parser("recognise", help="compare recognisers on recordings"))
    _add_chain(commands.add_parser("chain", help="make a long recording, with silence and noise"))
    _add_simulate(commands.add_parser("simulate", help="compare policies on timed text"))
    _add_score(commands.add_parser("score", help="print the scores of runs, from their logs alone"))
    _add_report(commands.add_parser("report", help="write a report: Markdown, JSON and HTML"))
    _add_digest(commands.add_parser("digest", help="a report in one table, or into a README"))
    _add_compare(commands.add_parser("compare", help="differences of two reports, with intervals"))
    return parser


def _add_replay(parser: argparse.ArgumentParser) -> None:
    _add_material(parser)
    parser.add_argument("--targets", required=True, help="languages to interpret into: es,fr")
    parser.add_argument("--systems", default="cascade", help=f"of {', '.join(SYSTEMS)}")
    parser.add_argument("--no-check", action="store_true", help="run no model outside the runs")
    parser.set_defaults(command=_replay)


def _add_recognise(parser: argparse.ArgumentParser) -> None:
    _add_material(parser)
    parser.add_argument("--variants", help="of the recognisers; all by default")
    parser.add_argument("--model", type=Path, help="folder of a CTranslate2 Whisper model")
    parser.set_defaults(command=_recognise)


def _add_material(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "material",
        nargs="+",
        type=Path,
        help=f"audio files, folders with a manifest.json, or {DEMO!r} for the demo's recording",
    )
    parser.add_argument("--source", required=True, help="language spoken, such as en")
    parser.add_argument("--only", default="", help="of a manifest, files whose name has this")
    parser.add_argument("--runs", type=int, default=1, help="of each variant on each recording")
    parser.add_argument(
        "--time",
        choices=get_args(Timing),
        default="real",
        help="virtual: waiting is free, work is not; free: neither costs time (%(default)s)",
    )
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder (%(default)s)")


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("talks", nargs="+", type=Path, help="RealSI talks (JSON), or their folder")
    parser.add_argument("--seconds", type=float, help="of each talk; all of it by default")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder (%(default)s)")
    parser.set_defaults(command=_simulate)


def _add_chain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("material", nargs="+", type=Path, help="audio files, or manifest folders")
    parser.add_argument("--source", required=True, help="language spoken, such as en")
    parser.add_argument("--only", default="", help="of a manifest, files whose name has this")
    parser.add_argument("--seconds", type=float, default=600.0, help="at least (%(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="folder for it and its manifest")
    parser.set_defaults(command=_chain)


def _add_score(parser: argparse.ArgumentParser) -> None:
    _add_runs(parser)
    parser.set_defaults(command=_score)


def _add_report(parser: argparse.ArgumentParser) -> None:
    _add_runs(parser)
    parser.add_argument("--out", type=Path, default=Path("reports"), help="folder (%(default)s)")
    parser.add_argument("--name", default="report", help="file name (%(default)s)")
    parser.set_defaults(command=_report)


def _add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs", nargs="+", type=Path, help=f"logs, folders with a {LOG_NAME}, or folders of such"
    )


def _add_digest(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", type=Path, help="a report's JSON file")
    parser.add_argument("--into", type=Path, help="Markdown file with marks for the figures")
    parser.set_defaults(command=_digest)


def _add_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", type=Path, help="a report's JSON file")
    parser.add_argument("second", type=Path, help="the JSON file to compare with it")
    parser.set_defaults(command=_compare)


def _replay(options: argparse.Namespace) -> None:
    systems = [_system(name) for name in options.systems.split(",")]
    clips = _clips(options)
    engines, setup = _load(options.out)
    plan = Plan(
        clips=clips,
        variants=[Variant(system.name, engines, system) for system in systems],
        targets=options.targets.split(","),
        runs=options.runs,
        timing=options.time,
        check=not options.no_check,
    )
    _finish(partial(replay_all, plan), setup)


def _recognise(options: argparse.Namespace) -> None:
    # Imported here, as below: scoring needs none of the engines.
    from .recognisers import RecogniserOnly, recognisers

    known = recognisers(options.model)
    names = options.variants.split(",") if options.variants else list(known)
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"there is no recogniser {unknown[0]!r}; choose of {', '.join(known)}")
    plan = Plan(
        clips=_clips(options),
        variants=[Variant(name, partial(RecogniserOnly, known[name])) for name in names],
        runs=options.runs,
        timing=options.time,
    )
    _finish(partial(replay_all, plan), Setup(options.out, _console))


def _chain(options: argparse.Namespace) -> None:
    manifest = write_chain(chain(_clips(options), seconds=options.seconds), options.out)
    _console.print(f"wrote {manifest}", soft_wrap=True, markup=False)


def _clips(options: argparse.Namespace) -> list[Clip]:
    paths = [path for path in options.material if path != Path(DEMO)]
    demo = [demo_clip()] if len(paths) < len(options.material) else []
    return distinct([*demo, *load_clips(paths, language=options.source, only=options.only)])


def _system(name: str) -> System:
    for known in SYSTEMS:
        if known == name.strip():
            return System(known)
    raise ValueError(f"there is no system {name!r}; choose of {', '.join(SYSTEMS)}")


def _simulate(options: argparse.Namespace) -> None:
    paths = [
        file
        for path in options.talks
        for file in (sorted(path.rglob("*.json")) if path.is_dir() else [path])
    ]
    talks = [load_talk(path) for path in paths]
    if options.seconds:
        talks = [talk.first(options.seconds) for talk in talks]
    engines, setup = _load(options.out)

    def runs(setup: Setup) -> Iterable[Path]:
        return simulate_all(
            talks,
            policies=policies_for,
            translator=lambda source, target: engines().translator(source, target),
            setup=setup,
        )

    _finish(runs, setup)


def _load(folder: Path) -> tuple[Callable[[], Engines], Setup]:
    from . import worker_engines

    return worker_engines.load(folder, _console)


def _finish(runs: Callable[[Setup], Iterable[Path]], setup: Setup) -> None:
    """Print each run's tables as it ends, then write the report on all that did not fail.

    Raises:
        ValueError: some failed; names them.
    """
    failed: list[str] = []

    def fail(name: str, error: Exception) -> None:
        failed.append(name)
        _errors.print(f"[red]{escape(name)} failed:[/red] {escape(str(error))}", soft_wrap=True)

    done: list[RunScores] = []
    for folder in runs(replace(setup, failed=fail)):
        try:
            run = score_run(folder)
        except RUN_ERRORS as error:
            fail(folder.name, error)
        else:
            _print(run)
            done.append(run)
    if done:
        _write(done, setup.folder, "report")
    if failed:
        raise ValueError(f"failed, and not in the report: {', '.join(failed)}")


def _score(options: argparse.Namespace) -> None:
    found = _found(options.runs)
    _warn(_interrupted(found), "or goes on; these are the figures of a part")
    for run in _scored(found):
        _print(run)


def _print(run: RunScores) -> None:
    _console.rule(escape(run.name))
    _console.print(recognition_table(run))
    if run.routes:
        _console.print(latency_table(run.routes))
        _console.print(work_table(run.routes))


def _digest(options: argparse.Namespace) -> None:
    figures = digest(read_report(options.report))
    if options.into is None:
        _console.print(figures, soft_wrap=True, markup=False, highlight=False)
    else:
        options.into.write_text(insert(options.into.read_text(encoding="utf-8"), figures))


def _report(options: argparse.Namespace) -> None:
    found = _found(options.runs)
    interrupted = _interrupted(found)
    _warn(interrupted, "so it is left out")
    whole = [run for run in found if run not in interrupted]
    if not whole:
        raise ValueError("none of the runs came to its end, so there is nothing to report on")
    _write(_scored(whole), options.out, options.name)


def _write(runs: Sequence[RunScores], folder: Path, name: str) -> None:
    for path in write_report(runs, folder, name):
        _console.print(f"wrote {path}", soft_wrap=True, markup=False)


def _compare(options: argparse.Namespace) -> None:
    first, second = read_report(options.first), read_report(options.second)
    for remark in remarks(first, second):
        _caution(remark)
    _console.print(_rich(differences(compare(first, second))))


def _found(paths: Sequence[Path]) -> list[Path]:
    """Every run below ``paths``: a folder without a log stands for the runs in it."""
    return [run for path in paths for run in _runs_below(path)]


def _interrupted(runs: Sequence[Path]) -> list[Path]:
    """Those whose log has no closing line."""
    return [run for run in runs if not read_log(run).complete]


def _warn(interrupted: Sequence[Path], consequence: str) -> None:
    for run in interrupted:
        _caution(f"{run} has no closing line: the run was interrupted, {consequence}")


def _caution(text: str) -> None:
    _errors.print(text, style="yellow", markup=False, soft_wrap=True)


def _scored(runs: Sequence[Path]) -> list[RunScores]:
    scored = [score_run(run) for run in track(runs, "scoring", console=_errors)]
    for run, scores in zip(runs, scored, strict=True):
        if scores.starts > 1:
            _caution(
                f"{run} has {scores.starts} starts of a worker; these are the figures of the last. "
                "For those of another, cut the file before each header"
            )
    return scored


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
        rendered.add_row(*map(escape, row))
    return rendered
