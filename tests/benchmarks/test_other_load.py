"""How late a listener is on a machine that others use as well. Run with ``-m benchmark -s``.

A minute and a half of speech without a rest, English to Spanish, in a room of a real
livekit-server, beside nothing, beside a process that computes half of the time, and beside one that
never rests. Of the last, two cores have less left than the speech needs: what is said has to stay
near, and what is left out to be told.
"""

import os
import sys
from pathlib import Path

import pytest
from rich.console import Console

from agent.evaluation.batch import Plan, Variant, replay_all
from agent.evaluation.chain import chain, write_chain
from agent.evaluation.material import load_clips
from agent.evaluation.scores import score_run
from agent.evaluation.summary import FIGURES, Group, groups_of
from agent.evaluation.systems import System
from agent.evaluation.worker_engines import load
from tests.other_work import other_work

SPEECH = Path(os.environ.get("INTERPRETER_DATA", "../shared/data")) / "speech/parallel"
RUNS = int(os.environ.get("BENCHMARK_RUNS", "1"))
SECONDS = 90.0
SHOWN = (
    "ear-voice span p50",
    "ear-voice span p95",
    "ear-voice span max",
    "clauses dropped",
)
pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not SPEECH.is_dir(), reason="INTERPRETER_DATA has no speech/parallel"),
]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_listener_is_never_left_far_behind(share: float, tmp_path: Path) -> None:
    engines, setup = load(tmp_path / "runs", Console())
    speech = tmp_path / "speech"
    speech.mkdir()
    write_chain(chain(load_clips([SPEECH], language="en"), seconds=SECONDS), speech)
    plan = Plan(
        clips=load_clips([speech], language="en"),
        variants=[Variant("room", engines, System("room"))],
        targets=["es"],
        runs=RUNS,
        check=False,
    )
    with other_work(share):
        runs = [score_run(folder) for folder in replay_all(plan, setup)]
    (group,) = groups_of(runs)
    shown = ", ".join(f"{name} {_figure(group, name):.1f}" for name in SHOWN)
    sys.stdout.write(f"\n{share:.1f} cores busy: {shown}\n")
    assert _figure(group, "ear-voice span p95") <= 8.0
    assert _figure(group, "ear-voice span max") <= 10.0


def _figure(group: Group, name: str) -> float:
    return next(group.median(figure) for figure in FIGURES if figure.name == name)
