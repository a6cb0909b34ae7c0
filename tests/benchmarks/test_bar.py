"""The project's bar, held against real models in real time on this machine.

Slow, and only meaningful where nothing else is running: ``pytest -m benchmark tests/benchmarks``.
Medians of ``RUNS`` runs in a room of a real livekit-server; the report is in ``reports/local``.
"""

import os
from functools import partial
from pathlib import Path
from statistics import median

import pytest
from rich.console import Console

from agent.evaluation.batch import Plan, Setup, Variant, replay_all
from agent.evaluation.material import load_clips
from agent.evaluation.recognisers import RecogniserOnly, recognisers
from agent.evaluation.report import write_report
from agent.evaluation.scores import RunScores, score_run
from agent.evaluation.summary import FIGURES, Group, groups_of
from agent.evaluation.systems import System
from agent.evaluation.worker_engines import load

SPEECH = Path(os.environ.get("INTERPRETER_DATA", "../shared/data")) / "speech/parallel"
RUNS = int(os.environ.get("BENCHMARK_RUNS", "5"))
pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not SPEECH.is_dir(), reason="INTERPRETER_DATA has no speech/parallel"),
]


def figure(group: Group, name: str) -> float:
    return next(group.median(figure) for figure in FIGURES if figure.name == name)


@pytest.mark.parametrize(
    ("source", "target", "passage"),
    [
        ("en", "es", "p1"),
        ("en", "es", "p2"),
        ("es", "en", "p2"),
        ("fr", "en", "p2"),
        ("en", "it", "p2"),
    ],
)
def test_interpreting_is_soon_enough_and_good_enough(
    source: str, target: str, passage: str, tmp_path: Path
) -> None:
    console = Console()
    engines, setup = load(tmp_path, console)
    plan = Plan(
        clips=load_clips([SPEECH], language=source, only=passage),
        variants=[Variant("room", engines, System("room"))],
        targets=[target],
        runs=RUNS,
    )
    runs = [score_run(folder) for folder in replay_all(plan, setup)]
    write_report(runs, Path("reports/local"), f"bar-{source}-{target}-{passage}")
    (group,) = groups_of(runs)
    assert figure(group, "ear-voice span p50") <= 2.5
    assert figure(group, "ear-voice span p95") <= 5.0
    assert figure(group, "first audio") <= 3.5
    assert figure(group, "EndOffset") <= 4.0
    assert figure(group, "normalised erasure") == 0
    assert figure(group, "chrF kept") >= 95
    assert figure(group, "clauses twice or missing") == 0
    assert median(_more_errors_than_offline(run) for run in runs) <= 2


def _more_errors_than_offline(run: RunScores) -> float:
    """In points of word error rate."""
    (speaker,) = run.recognition
    assert speaker.words is not None and speaker.offline is not None
    return speaker.words.percent - speaker.offline.percent


def test_recognition_is_cheap_and_soon(tmp_path: Path) -> None:
    variants = [
        Variant(name, partial(RecogniserOnly, recogniser))
        for name, recogniser in recognisers().items()
        if name in ("hold-back", "agreement-full")
    ]
    clips = load_clips([SPEECH], language="en")
    plan = Plan(clips=clips, variants=variants, runs=RUNS, timing="free")
    runs = [score_run(folder) for folder in replay_all(plan, Setup(tmp_path, Console()))]
    write_report(runs, Path("reports/local"), "bar-recognition")
    ours = [run for run in runs if run.header.settings["system"] == "hold-back"]
    published = [run for run in runs if run.header.settings["system"] == "agreement-full"]
    assert _cpu(ours) <= _cpu(published) / 3
    assert median(run.recognition[0].delay_cu.median for run in ours) <= 0.7
    assert median(run.recognition[0].delay_cu.p90 for run in ours) <= 1.5
    assert _errors(ours) <= _errors(published)


def _cpu(runs: list[RunScores]) -> float:
    used = [run.resources for run in runs if run.resources]
    return median(resources.cpu_seconds / resources.audio_seconds for resources in used)


def _errors(runs: list[RunScores]) -> float:
    return median(words.percent for run in runs if (words := run.recognition[0].words))
